"""`make compose-check`: is docker-compose.yml, with all it refers to, what a container engine and Flux Voice will take?

What can be seen without an engine: hadolint on the Dockerfile, the schema of the Compose specification, and that every
image is pinned, every file is there, every FLUX_ variable is a setting with a valid value and every pin has a wheel.
Where Docker Compose is installed, it reads the file too.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from unittest import mock

import yaml
from pydantic import BaseModel

from scripts.lock import GPU_PYTHON, ROOT, no_wheels
from web.auth import require_decision
from web.errors import SettingsError
from web.settings import CONFIG, PREFIX, SECRETS, Settings, load_settings

COMPOSE: Final = "docker-compose.yml"
DOCKERFILE: Final = "Dockerfile.gpu"
GPU_LOCK: Final = "requirements.gpu.lock"
SECRET_MAKER: Final = "deploy/make-secrets"
SECRET_FOLDER: Final = "deploy/secrets"

_VARIABLE: Final = re.compile(r"\$\{(\w+)(?::?-([^}]*))?\}")
_VERSIONED: Final = re.compile(r"^[\w./-]+:v?\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?$")

Document = dict[str, Any]


def compose_file(root: Path = ROOT) -> Document:
    """Return the Compose file with the defaults of its variables put in; merges and anchors are resolved."""
    document: Document = yaml.safe_load(_VARIABLE.sub(lambda found: found[2] or "", (root / COMPOSE).read_text()))
    return document


def image_environment(root: Path = ROOT) -> dict[str, str]:
    """Return what the ENV lines of the last stage set, with the defaults of its arguments put in."""
    stage = re.split(r"^FROM ", (root / DOCKERFILE).read_text(), flags=re.MULTILINE)[-1].replace("\\\n", " ")
    arguments = dict(re.findall(r"^ARG (\w+)=(\S+)", stage, re.MULTILINE))
    lines = re.findall(r"^ENV (.+)", stage, re.MULTILINE)
    pairs = [pair.split("=", 1) for line in lines for pair in line.split()]
    return {name: re.sub(r"\$(\w+)", lambda found: arguments.get(found[1], found[0]), value) for name, value in pairs}


def service_environment(service: Document, root: Path = ROOT) -> dict[str, str]:
    """Return the variables of one of our own containers: the image's, then the service's."""
    return image_environment(root) | {name: str(value) for name, value in service.get("environment", {}).items()}


def is_product(service: Document) -> bool:
    """Tell whether a service runs Flux Voice itself."""
    return "build" in service


def unpinned_images(document: Document, root: Path = ROOT) -> Iterator[str]:
    """Yield the images that no version pins."""
    images = [service["image"] for service in document["services"].values()]
    images += re.findall(r"^FROM (\S+)", (root / DOCKERFILE).read_text(), re.MULTILINE)
    yield from (f"the image {image} is pinned by no version" for image in images if not _VERSIONED.match(image))


def missing_files(document: Document, root: Path = ROOT) -> Iterator[str]:
    """Yield the files and folders that the services need and nobody has or writes."""
    written = set(re.findall(r"\bput ([\w.]+)", (root / SECRET_MAKER).read_text()))
    for name, service in document["services"].items():
        for source in _sources(service):
            if not (root / source).exists():
                yield f"{name} needs {source}, which is not there"
        for secret in service.get("secrets", ()):
            if secret not in document.get("secrets", {}):
                yield f"{name} needs the secret {secret}, which is not declared"
    for name, secret in document.get("secrets", {}).items():
        file = Path(secret["file"])
        if not (root / file).exists() and not (file.parent == Path(SECRET_FOLDER) and file.name in written):
            yield f"the secret {name} lies in {file}, which {SECRET_MAKER} does not write"


def _sources(service: Document) -> Iterator[str]:
    build = service.get("build")
    if build:
        yield str(Path(build["context"]) / build["dockerfile"])
    for volume in service.get("volumes", ()):
        source = volume.split(":")[0]
        if source.startswith((".", "/")):  # others are the names of volumes
            yield source
    for entry in service.get("env_file", ()):
        if entry.get("required", True):
            yield entry["path"]


def wrong_settings(document: Document, root: Path = ROOT) -> Iterator[str]:
    """Yield the FLUX_ variables and secrets that are no settings, and the services whose settings are not valid."""
    offered = dict(re.findall(r"^#?(FLUX_\w+)=(.*)", (root / "deploy/box.env.example").read_text(), re.MULTILINE))
    for name, service in document["services"].items():
        if not is_product(service):
            continue
        environment = service_environment(service, root)
        secrets = {f"{secret.upper()}": "" for secret in service.get("secrets", ())}
        for variable in [*environment, *secrets, *offered]:
            if variable.startswith(PREFIX) and not is_setting(variable):
                yield f"{name} is given {variable}, which is no setting"
        for told in (environment, environment | offered):
            problem = refusal(told)
            if problem:
                yield f"{name} does not start: {problem}"
                break


def is_setting(variable: str) -> bool:
    """Tell whether a FLUX_ variable is a setting, or says where settings are."""
    if variable in (CONFIG, SECRETS):
        return True
    kind: Any = Settings
    for part in variable.removeprefix(PREFIX).lower().split("__"):
        if not (isinstance(kind, type) and issubclass(kind, BaseModel) and part in kind.model_fields):
            return False
        kind = kind.model_fields[part].annotation
    return True


def settings_of(environment: Mapping[str, str]) -> Settings:
    """Return the settings under these variables, without any secret; raises SettingsError."""
    given = {name: value for name, value in environment.items() if name.startswith(PREFIX) and name != SECRETS}
    with mock.patch.dict(os.environ, given, clear=True):
        return load_settings()


def refusal(environment: Mapping[str, str]) -> str | None:
    """Return why the server would not take these variables."""
    try:
        require_decision(settings_of(environment))
    except SettingsError as error:
        return str(error)
    return None


def unobtainable_pins(root: Path = ROOT) -> Iterator[str]:
    """Yield the pins of the GPU image that have no wheel on the package index; asks it."""
    lines = [line for line in (root / GPU_LOCK).read_text().splitlines() if line and not line.startswith("#")]
    yield from (f"{GPU_LOCK}: {pin} has no wheel for Python {GPU_PYTHON}" for pin in no_wheels(lines, GPU_PYTHON))


def linted(root: Path = ROOT) -> Iterator[str]:
    """Yield what hadolint says of the Dockerfile and what the schema says of the Compose file."""
    scripts = Path(sysconfig.get_path("scripts"))
    yield from _said(scripts / "hadolint", root / DOCKERFILE)
    yield from _said(scripts / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", root / COMPOSE)


def read_by_compose(root: Path = ROOT) -> Iterator[str]:
    """Yield what Docker Compose says of the file; raises FileNotFoundError where it is not installed."""
    for command in (["docker-compose"], ["docker", "compose"]):
        if shutil.which(command[0]) and subprocess.run([*command, "version"], capture_output=True).returncode == 0:
            yield from _said(*command, "--file", root / COMPOSE, "--profile", "turn", "config", "--quiet")
            return
    raise FileNotFoundError("docker compose")


def _said(*command: str | Path) -> Iterator[str]:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        yield f"{Path(command[0]).name}: {(done.stdout + done.stderr).strip()}"


def main() -> None:
    """Run every check; the exit code is 1 if one of them finds something."""
    document = compose_file()
    problems = [*linted(), *unpinned_images(document), *missing_files(document), *wrong_settings(document)]
    problems += unobtainable_pins()
    try:
        problems += read_by_compose()
    except FileNotFoundError:
        print("Docker Compose is not installed: it did not read the file")
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        raise SystemExit(1)
    print(f"{COMPOSE} and {DOCKERFILE} are well")


if __name__ == "__main__":
    main()
