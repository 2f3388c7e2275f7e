"""Pin everything that pyproject.toml asks for: writes requirements.lock and its kin for the engines and for GPUs.

pip resolves (a dry run: nothing is installed); what a package needs on one supported Python or platform only gets
that condition as its marker. The lock files hold names and versions, no addresses: they install from any index.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13")
PLATFORMS = (
    {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64"},
    {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "aarch64"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64"},
)
BASE_EXTRAS = ("embedded", "dev")
# silero-vad declares torch, pipecat-ai half the field; only the ONNX file in each wheel is used.
WITHOUT_DEPENDENCIES = (
    "pipecat-ai>=1.14,<2",
    "silero-vad>=6.2,<7",
)
BANNED = ("torch", "triton", "nvidia-")

GPU_EXTRAS = ("whisper", "piper", "ollama", "openai", "postgres", "tracing")
UV = "uv"  # which installs the image
GPU_PYTHON = "3.11"  # the one in Dockerfile.gpu
ONNXRUNTIME = "onnxruntime"  # onnxruntime-gpu lies in its place: both own the same folder

BASE_HEADER = """\
# Everything `make run` and `make test` need, pinned. Written by `make lock`; install without dependency resolution:
#   pip install --no-deps -r requirements.lock
# silero-vad declares torch and pipecat-ai much else, which nothing here imports: so dependencies are not resolved.
"""
ENGINES_HEADER = """\
# What the engines and databases beyond the embedded profile need, pinned, on top of requirements.lock.
# Written by `make lock`; install without dependency resolution:
#   pip install --no-deps -r requirements-engines.lock
"""
GPU_HEADER = """\
# What Dockerfile.gpu installs, pinned: all of it, for Python 3.11 on Linux and x86-64. Written by `make lock`;
# scripts/gpu-install installs it without dependency resolution, with the uv that is pinned here.
# ctranslate2 and onnxruntime-gpu share the libraries of CUDA 12. onnxruntime-gpu takes the place of onnxruntime.
"""

Metadata = dict[str, Any]


def all_extras() -> list[str]:
    """Return the names of the distribution's extras."""
    return list(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])


def declared(extras: Iterable[str]) -> list[Requirement]:
    """Return the requirements of the distribution with `extras`, its references to its own extras opened."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found = [Requirement(line) for line in project["dependencies"]]
    waiting, seen = list(extras), set[str]()
    while waiting:
        extra = waiting.pop()
        if extra in seen:
            continue
        seen.add(extra)
        for line in project["optional-dependencies"][extra]:
            requirement = Requirement(line)
            if canonicalize_name(requirement.name) == project["name"]:
                waiting.extend(requirement.extras)
            else:
                found.append(requirement)
    return found


def resolve(
    requirements: Iterable[str], *options: str, constraints: Sequence[str] = (), quiet: bool = False
) -> dict[str, Metadata]:
    """Ask pip which versions it would install for `requirements`: name → core metadata."""
    with tempfile.TemporaryDirectory() as folder:
        report, pins = Path(folder, "report.json"), Path(folder, "pins.txt")
        pins.write_text("\n".join(constraints))
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"),
                *("--only-binary=:all:", "--report", str(report), "--constraint", str(pins), *options, *requirements),
            ],
            check=True,
            cwd=folder,
            stderr=subprocess.DEVNULL if quiet else None,
        )
        installed = json.loads(report.read_text())["install"]
    return {canonicalize_name(entry["metadata"]["name"]): entry["metadata"] for entry in installed}


def closure(top: Iterable[Requirement], packages: dict[str, Metadata], environment: dict[str, str]) -> set[str]:
    """Name all that `top` pulls in under one environment, by the packages' own metadata."""
    waiting = [(r, extra) for r in top for extra in ("", *r.extras)]
    seen = set[tuple[str, str]]()
    while waiting:
        requirement, extra = waiting.pop()
        name = canonicalize_name(requirement.name)
        if requirement.marker and not requirement.marker.evaluate(environment):
            continue
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        for line in packages.get(name, {}).get("requires_dist", ()):
            inner = Requirement(line)
            applies = inner.marker.evaluate(environment | {"extra": extra}) if inner.marker else not extra
            inner.marker = None
            waiting += [(inner, e) for e in ("", *inner.extras) if applies]
    return {name for name, _ in seen}


def cuda() -> list[Requirement]:
    """Return what a GPU needs besides the extras: the dependency group `cuda`."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    return [Requirement(line) for line in groups["cuda"]]


def environments() -> list[dict[str, str]]:
    """Return the marker environments that the lock must serve."""
    here = {key: str(value) for key, value in default_environment().items()}
    return [
        here
        | {"python_version": python, "python_full_version": f"{python}.0", "implementation_version": f"{python}.0"}
        | platform
        for python in PYTHONS
        for platform in PLATFORMS
    ]


def gpu_environment() -> dict[str, str]:
    """Return the marker environment of the GPU image."""
    return next(
        environment
        for environment in environments()
        if (environment["python_version"], environment["platform_machine"]) == (GPU_PYTHON, "x86_64")
    )


def condition(name: str, closures: list[set[str]], served: list[dict[str, str]]) -> str:
    """Return the condition under which `name` is needed, empty where it always is."""
    needed = [
        (environment["python_version"], environment["sys_platform"], environment["platform_machine"])
        for environment, names in zip(served, closures, strict=True)
        if name in names
    ]
    if len(needed) == len(closures):
        return ""
    return " or ".join(
        f'(python_version == "{python}" and sys_platform == "{platform}" and platform_machine == "{machine}")'
        for python, platform, machine in needed
    )


def lock(top: list[Requirement], base: Sequence[str] = ()) -> list[str]:
    """Resolve `top` for every environment: the lines of a lock file, without what `base` has pinned already."""
    served = environments()
    held = {Requirement(pin).name for pin in base}
    wanted = [str(requirement) for requirement in top]
    while True:
        packages = resolve(wanted, constraints=base)
        closures = [closure(top, packages, environment) for environment in served]
        missing = sorted(set().union(*closures) - set(packages))
        if not missing:
            break
        wanted += missing  # needed on another Python or platform only
    packages = {name: metadata for name, metadata in packages.items() if name not in held}
    exceptions = without_wheel(packages, top)
    lines = []
    for name in sorted(packages):
        needed = condition(name, closures, served)
        others = exceptions.get(name, {})
        rest = " and ".join(f'python_version != "{python}"' for python in others)
        lines.append(line(name, packages[name]["version"], needed, rest))
        lines += [line(name, v, needed, f'python_version == "{python}"') for python, v in others.items()]
    return lines


def lock_gpu(pins: Sequence[str]) -> list[str]:
    """Resolve what the GPU image needs, at the versions of `pins` where these have it: the lines of its lock file."""
    top = declared(GPU_EXTRAS) + cuda()
    wanted = [str(requirement) for requirement in top]
    while True:
        packages = resolve(wanted, *for_python(GPU_PYTHON), constraints=pins)
        needed = closure(top, packages, gpu_environment())
        missing = sorted(needed - set(packages))
        if not missing:
            break
        wanted += missing  # needed by that Python or platform, not by this one
    return [line(name, packages[name]["version"]) for name in sorted(needed - {ONNXRUNTIME})]


def line(name: str, version: str, *conditions: str) -> str:
    """Write one pin, with its marker where it has one."""
    stated = [f"({c})" if " or " in c else c for c in conditions if c]
    return f"{name}=={version}" + (f" ; {' and '.join(stated)}" if stated else "")


def without_wheel(packages: dict[str, Metadata], top: list[Requirement]) -> dict[str, dict[str, str]]:
    """Find what has no wheel at its pinned version for some Python: name → Python → a version that has one."""
    pins = {f"{name}=={metadata['version']}": name for name, metadata in packages.items()}
    found: dict[str, dict[str, str]] = {}
    others = [python for python in PYTHONS if python != f"{sys.version_info.major}.{sys.version_info.minor}"]
    for python in others:
        for pin in no_wheels(list(pins), python):
            name = pins[pin]
            asked = next((r for r in top if canonicalize_name(r.name) == name), Requirement(name))
            metadata = resolve([f"{name}{asked.specifier}"], "--no-deps", *for_python(python))[name]
            found.setdefault(name, {})[python] = metadata["version"]
    return found


def no_wheels(pins: list[str], python: str) -> list[str]:
    """Return those pins that have no wheel for this Python, by halving."""
    if has_wheels(pins, python):
        return []
    if len(pins) == 1:
        return pins
    middle = len(pins) // 2
    return no_wheels(pins[:middle], python) + no_wheels(pins[middle:], python)


def has_wheels(pins: Iterable[str], python: str) -> bool:
    """Tell whether every pinned package has a wheel for this Python."""
    try:
        resolve(pins, "--no-deps", *for_python(python), quiet=True)
    except subprocess.CalledProcessError:
        return False
    return True


def for_python(python: str) -> tuple[str, ...]:
    """Return the pip options that choose wheels for another Python than this one."""
    return ("--python-version", python, "--target", "nowhere")


def write(path: Path, header: str, lines: list[str], banned: tuple[str, ...] = BANNED) -> None:
    """Write one lock file, refusing what must never be installed."""
    wrong = [pin for pin in lines if Requirement(pin).name.startswith(banned)]
    if wrong:
        raise SystemExit(f"{path.name} would hold {', '.join(wrong)}: find out which requirement asks for it")
    path.write_text(header + "".join(f"{pin}\n" for pin in sorted(lines)))
    print(f"{path.name}: {len(lines)} pins")


def main() -> None:
    """Write the lock files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    build = [Requirement(entry) for entry in project["build-system"]["requires"]]
    base = lock(declared(BASE_EXTRAS) + build)
    alone = resolve(WITHOUT_DEPENDENCIES, "--no-deps")
    undeclared = [line(name, metadata["version"]) for name, metadata in alone.items()]
    base += undeclared
    engines = lock(declared(all_extras()), base)
    (installer,) = (pin for pin in base if Requirement(pin).name == UV)
    gpu = [*lock_gpu(base + engines), *undeclared, installer]
    write(ROOT / "requirements.lock", BASE_HEADER, base)
    write(ROOT / "requirements-engines.lock", ENGINES_HEADER, engines)
    write(ROOT / "requirements.gpu.lock", GPU_HEADER, gpu, banned=("torch", "triton"))


if __name__ == "__main__":
    main()
