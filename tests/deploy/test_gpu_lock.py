"""requirements.gpu.lock: one generation of CUDA, nothing twice, the versions that the tests ran with."""

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.lock import GPU_EXTRAS, ONNXRUNTIME, ROOT, cuda, declared

GPU_LOCK = "requirements.gpu.lock"


def pins(*locks: str) -> dict[str, str]:
    """Return name → version; a marker is not looked at."""
    lines = [line for lock in locks for line in (ROOT / lock).read_text().splitlines()]
    return dict(line.split(" ;")[0].split("==") for line in lines if line and not line.startswith("#"))


def test_it_holds_names_and_versions_only() -> None:
    lines = [line for line in (ROOT / GPU_LOCK).read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.]+", line) for line in lines)
    assert lines == sorted(set(lines)) and not {"torch", "triton"} & set(pins(GPU_LOCK))


def test_everything_asked_for_is_within_its_range() -> None:
    pinned = pins(GPU_LOCK)
    for requirement in declared(GPU_EXTRAS) + cuda():
        name = canonicalize_name(requirement.name)
        if name != ONNXRUNTIME:
            assert requirement.specifier.contains(pinned[name]), requirement
    assert "silero-vad" in pinned


def test_onnxruntime_comes_in_one_kind_that_every_extra_takes() -> None:
    pinned = pins(GPU_LOCK)
    assert [name for name in pinned if name.startswith(ONNXRUNTIME)] == ["onnxruntime-gpu"]
    asked = [r for r in declared(GPU_EXTRAS) if r.name == ONNXRUNTIME]
    assert asked and all(r.specifier.contains(pinned["onnxruntime-gpu"]) for r in asked)


def test_all_of_cuda_is_of_one_generation() -> None:
    pinned = pins(GPU_LOCK)
    generations = {name: name.rsplit("-cu")[-1] for name in pinned if name.startswith("nvidia-")}
    assert generations and set(generations.values()) == {"12"}
    toolkit = {pinned[f"nvidia-{name}-cu12"].split(".")[0] for name in ("cublas", "cuda-runtime", "cuda-nvrtc")}
    assert toolkit == {"12"}
    assert Requirement("onnxruntime-gpu<1.27").specifier.contains(pinned["onnxruntime-gpu"])  # later: CUDA 13


def test_versions_are_those_of_the_other_locks() -> None:
    others = pins("requirements.lock", "requirements-engines.lock")
    differ = {name: version for name, version in pins(GPU_LOCK).items() if others.get(name, version) != version}
    assert not differ


def test_what_only_a_gpu_needs_is_in_no_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [line for extra in project["optional-dependencies"].values() for line in extra]
    assert not [line for line in lines if line.startswith(("nvidia", "onnxruntime-gpu"))]
