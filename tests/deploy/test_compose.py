"""docker-compose.yml and Dockerfile.gpu: what `make compose-check` sees, and what they promise."""

import re
import shutil
import tomllib
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from scripts import compose_check
from scripts.compose_check import COMPOSE, DOCKERFILE, Document, compose_file, is_product, service_environment
from scripts.lock import GPU_PYTHON, ROOT

DEPLOYED = (COMPOSE, DOCKERFILE, "deploy/make-secrets", "deploy/box.env.example")
DOCUMENT = compose_file()
SERVICES: dict[str, Document] = DOCUMENT["services"]


def problems(root: Path) -> list[str]:
    """Return what our own checks find that need no network."""
    document = compose_file(root)
    found = [*compose_check.unpinned_images(document, root), *compose_check.missing_files(document, root)]
    return [*found, *compose_check.wrong_settings(document, root)]


def test_there_is_nothing_to_complain_of() -> None:
    assert problems(ROOT) == [] and [*compose_check.linted(ROOT)] == []


def test_docker_compose_reads_the_file() -> None:
    try:
        assert [*compose_check.read_by_compose()] == []
    except FileNotFoundError:
        pytest.skip("Docker Compose is not installed")


@pytest.mark.parametrize(
    ("file", "before", "after", "told"),
    [
        (COMPOSE, "postgres:17.10-bookworm", "postgres:latest", "postgres:latest is pinned by no version"),
        (COMPOSE, "postgres:17.10-bookworm", "postgres:17", "postgres:17 is pinned by no version"),
        (DOCKERFILE, "python:3.11.15-slim-bookworm AS wheel", "python AS wheel", "python is pinned by no version"),
        (COMPOSE, "file: deploy/secrets/postgres_password", "file: deploy/secrets/pw", "make-secrets does not write"),
        (COMPOSE, "secrets: [postgres_password]", "secrets: [password]", "password, which is not declared"),
        (COMPOSE, "models:/models", "./weights:/models", "voice needs ./weights, which is not there"),
        (COMPOSE, "dockerfile: Dockerfile.gpu", "dockerfile: Dockerfile", "voice needs Dockerfile, which is not there"),
        (COMPOSE, "required: false", "required: true", "deploy/box.env, which is not there"),
        (COMPOSE, "FLUX_DAO__URL:", "FLUX_DAO__ADDRESS:", "FLUX_DAO__ADDRESS, which is no setting"),
        (COMPOSE, "http://localhost:", "localhost:", "voice does not start: FLUX_DAO__URL"),
        (COMPOSE, "flux_ice_servers", "flux_ice_server", "FLUX_ICE_SERVER, which is no setting"),
        (DOCKERFILE, "FLUX_MODELS__FOLDER", "FLUX_MODELS__DIR", "FLUX_MODELS__DIR, which is no setting"),
        (DOCKERFILE, "ARG PROFILE=gpu", "ARG PROFILE=fast", "does not start: FLUX_PROFILE"),
        ("deploy/box.env.example", "#FLUX_AUTH__MINT=open", "", "does not start: FLUX_ALLOWED_HOSTS"),
        (COMPOSE, "FLUX_SECRETS: /run/secrets\n      # Not", "FLUX_HOST: 0.0.0.0\n      # Not", "FLUX_AUTH__KEYS"),
        ("deploy/box.env.example", "FLUX_MAX_CALLS=20", "FLUX_MAX_CALLS=many", "does not start: FLUX_MAX_CALLS"),
    ],
)
def test_a_fault_is_found_and_named(tmp_path: Path, file: str, before: str, after: str, told: str) -> None:
    spoil(tmp_path, file, before, after)
    found = problems(tmp_path)
    assert any(told in problem for problem in found), found


@pytest.mark.parametrize(
    ("file", "before", "after", "told"),
    [
        (COMPOSE, "restart: unless-stopped", "restarts: unless-stopped", "restarts"),
        (COMPOSE, "read_only: true", "read_only: [yes]", "read_only"),
        (DOCKERFILE, "WORKDIR /data", "WORKDIR data", "DL3000"),
        (DOCKERFILE, "COPY --chmod=755 deploy/healthy.py", "ADD --chmod=755 deploy/healthy.py", "DL3020"),
    ],
)
def test_the_linters_find_and_name_a_fault(tmp_path: Path, file: str, before: str, after: str, told: str) -> None:
    spoil(tmp_path, file, before, after)
    found = [*compose_check.linted(tmp_path)]
    assert any(told in problem for problem in found), found


def spoil(root: Path, file: str, before: str, after: str) -> None:
    """Copy what is deployed to `root`, with one replacement."""
    for name in DEPLOYED:
        (root / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    text = (root / file).read_text()
    assert before in text
    (root / file).write_text(text.replace(before, after))


def every(choose: Callable[[Document], bool] = lambda service: True) -> Iterator[tuple[str, Document]]:
    yield from ((name, service) for name, service in SERVICES.items() if choose(service))


def test_the_box_has_its_services_and_turn_only_when_asked_for() -> None:
    assert set(SERVICES) == {"voice", "dao", "postgres", "ollama", "coturn"}
    assert [name for name, service in every() if "profiles" in service] == ["coturn"]


def test_no_port_is_published_and_what_is_not_media_is_reached_from_the_box_only() -> None:
    assert not [name for name, service in every() if "ports" in service]
    for name, service in every(is_product):
        settings = compose_check.settings_of(service_environment(service))
        assert ip_address(settings.host).is_loopback and ip_address(settings.dao.host).is_loopback, name
    assert SERVICES["ollama"]["environment"]["OLLAMA_HOST"].startswith("127.0.0.1:")
    assert SERVICES["postgres"]["network_mode"] == "none"


def test_the_second_port_may_be_another_or_none() -> None:
    assert "${FLUX_ALSO_PORT-8000}" in (ROOT / COMPOSE).read_text()  # with `:-` an empty one would be 8000 again
    environment = service_environment(SERVICES["voice"])
    for given, port in ((environment["FLUX_ALSO_PORT"], 8000), ("", None)):
        assert compose_check.settings_of(environment | {"FLUX_ALSO_PORT": given}).also_port == port


def test_nobody_has_more_rights_than_needed() -> None:
    for name, service in every():
        assert "no-new-privileges:true" in service["security_opt"], name
        assert not service.get("privileged"), name
    for name, service in every(is_product):
        assert service["cap_drop"] == ["ALL"] and "cap_add" not in service and service["read_only"], name
    user = re.findall(r"^USER (\S+)", (ROOT / DOCKERFILE).read_text(), re.MULTILINE)[-1]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)


def test_everything_is_started_again_watched_and_waited_for() -> None:
    for name, service in every():
        assert service["restart"] == "unless-stopped" and service["healthcheck"]["test"], name
        waits = service.get("depends_on", {})
        assert all(one["condition"] == "service_healthy" for one in waits.values()), name
    assert set(SERVICES["voice"]["depends_on"]) == {"dao", "ollama"}
    assert set(SERVICES["dao"]["depends_on"]) == {"postgres"}


def test_only_speech_and_language_get_the_gpu() -> None:
    (device,) = SERVICES["voice"]["deploy"]["resources"]["reservations"]["devices"]
    assert (device["driver"], device["capabilities"]) == ("nvidia", ["gpu"])
    assert [name for name, service in every() if "deploy" in service] == ["voice", "ollama"]
    assert service_environment(SERVICES["dao"])["NVIDIA_VISIBLE_DEVICES"] == "void"


def test_no_secret_is_in_the_environment() -> None:
    assert SERVICES["postgres"]["environment"]["POSTGRES_PASSWORD_FILE"] == "/run/secrets/postgres_password"
    for name, service in every():
        told = [variable for variable in service.get("environment", {}) if re.search("PASSWORD|KEY|URL$", variable)]
        assert set(told) <= {"POSTGRES_PASSWORD_FILE", "FLUX_DAO__URL"}, name


def test_weights_models_and_records_outlive_the_containers() -> None:
    mounted = {
        volume.split(":")[1]: volume.split(":")[0] for _, service in every() for volume in service.get("volumes", ())
    }
    assert mounted.keys() >= {"/models", "/data", "/root/.ollama", "/var/lib/postgresql/data"}
    assert set(mounted.values()) == set(DOCUMENT["volumes"])
    assert service_environment(SERVICES["voice"])["FLUX_MODELS__FOLDER"] == "/models"


def test_the_image_has_the_version_of_the_product_and_the_python_of_its_lock() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert {service["image"] for _, service in every(is_product)} == {f"flux-voice-gpu:{version}"}
    pythons = re.findall(r"^FROM python:(\d+\.\d+)", (ROOT / DOCKERFILE).read_text(), re.MULTILINE)
    assert set(pythons) == {GPU_PYTHON}
