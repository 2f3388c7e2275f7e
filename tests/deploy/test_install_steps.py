"""The install steps of Dockerfile.gpu, run in a clean folder with what .dockerignore lets in.

For the profile cpu, which leaves NVIDIA's two gigabytes out; `scripts/gpu-install libraries VENV gpu` is the rest.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.own_server import free_ports
from scripts.compose_check import image_environment
from scripts.lock import ONNXRUNTIME, ROOT
from tests.deploy.docker_context import PAGE, sent
from tests.deploy.test_gpu_lock import GPU_LOCK, pins

pytestmark = pytest.mark.packaging

NO_INDEX = r"error sending request|NewConnectionError|Name or service not known|ConnectTimeout|Network is unreachable"
PATIENCE = 300.0  # seconds for a server to come up; nothing takes as long


@dataclass(frozen=True, slots=True)
class Image:
    """What the image would hold, in a folder."""

    sources: Path
    venv: Path
    home: Path

    def environment(self, **more: str) -> dict[str, str]:
        """Return the variables of a container: the image's own, and `more`."""
        own = image_environment() | {"PATH": f"{self.venv}/bin:{os.environ['PATH']}", "HOME": str(self.home)}
        own.pop("LD_LIBRARY_PATH")
        return own | {"FLUX_PROFILE": "cpu", "LANG": "C.UTF-8"} | more

    def run(self, *command: str | Path, **more: str) -> str:
        """Run a command in the container, so to say, and return what it printed."""
        return output([str(part) for part in command], self.home, self.environment(**more))


def output(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def steps() -> list[list[str]]:
    """Return the commands that the Dockerfile runs, in the order of an image's making."""
    text = (ROOT / "Dockerfile.gpu").read_text()
    return [shlex.split(found) for found in re.findall(r"^RUN .*?(scripts/gpu-install .+)$", text, re.MULTILINE)]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    folder = tmp_path_factory.mktemp("image")
    made = Image(folder / "src", folder / "opt/flux", folder / "data")
    made.home.mkdir()
    for path in sent():
        (made.sources / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, made.sources / path)
    if (ROOT / PAGE).is_dir():  # what the stage `page` brings
        shutil.copytree(ROOT / PAGE, made.sources / PAGE)
    places = {"/opt/flux": str(made.venv), "/wheels": str(folder / "wheels"), "$PROFILE": "cpu"}
    environment = {"PYTHON": sys.executable, "PIP_NO_COMPILE": "1", "UV_COMPILE_BYTECODE": "0", "PIP_RETRIES": "1"}
    environment |= {name: value for name, value in os.environ.items() if not name.startswith(("FLUX_", "PYTHON"))}
    for step in steps():
        try:
            output([places.get(part, part) for part in step], made.sources, environment)
        except RuntimeError as error:
            if re.search(NO_INDEX, str(error)):
                pytest.skip("the package index cannot be reached")
            raise
    return made


def test_the_dockerfile_runs_every_step() -> None:
    assert [step[1] for step in steps()] == ["wheel", "libraries", "product"]


def test_the_image_holds_what_is_pinned_and_nothing_else(image: Image) -> None:
    code = "import importlib.metadata as m, json; print(json.dumps({d.name: d.version for d in m.distributions()}))"
    installed = {
        re.sub(r"[._-]+", "-", name).lower(): v for name, v in json.loads(image.run("python", "-c", code)).items()
    }
    elsewhere = ("nvidia-", "onnxruntime-gpu", "uv")
    expected = {n: v for n, v in pins(GPU_LOCK).items() if n not in elsewhere and not n.startswith("nvidia-")}
    expected[ONNXRUNTIME] = pins("requirements.lock")[ONNXRUNTIME]
    assert installed.pop("flux-voice") and installed == expected


def test_the_product_comes_from_the_wheel_with_its_page_and_data(image: Image) -> None:
    place = Path(image.run("python", "-c", "import web; print(web.__path__[0])").strip())
    assert place.is_relative_to(image.venv)
    assert (place.parent / "intents/flux/agent.yaml").is_file() and not (place.parent / "tests").exists()
    assert (place / "ui/dist/index.html").is_file() == (ROOT / PAGE / "index.html").is_file()


def test_every_engine_and_driver_of_the_box_can_be_imported(image: Image) -> None:
    modules = "models.stt.whisper models.tts.piper models.llm.ollama models.llm.openai models.vad.silero asyncpg"
    image.run("python", "-c", f"import web.commands.serve, web.app, web.rtc, {', '.join(modules.split())}")


def test_voice_and_records_start_and_their_health_checks_tell(image: Image) -> None:
    for recipe in ("whisper_test_model", "piper_test_voice"):
        image.run("python", "-m", f"models.recipes.{recipe}", image.home / recipe)
    (voice,) = (image.home / "piper_test_voice").glob("**/*.onnx")
    dao_port, port = free_ports(2)
    settings = {
        "FLUX_DAO__PORT": str(dao_port),
        "FLUX_DAO__DATABASE_URL": f"sqlite:///{image.home}/flux.db",
        "FLUX_DAO__URL": f"http://localhost:{dao_port}",
        "FLUX_PORT": str(port),
        "FLUX_STT__MODEL": str(image.home / "whisper_test_model"),
        "FLUX_LLM__ENGINE": "sentences",
        "FLUX_TTS__VOICE": str(voice),
    }
    environment = image.environment(**settings)
    assert "is not well" in told(image, "dao", environment)
    with serving(image, environment, "dao"):
        assert "is not well" in told(image, "voice", environment)
        with serving(image, environment, "voice", command="serve"):
            pass
    assert "is not well" in told(image, "voice", environment)


@contextmanager
def serving(image: Image, environment: dict[str, str], service: str, command: str = "") -> Iterator[None]:
    """Serve, see that the health check of the image is content, then stop as an engine stops a container."""
    said = image.home / f"{service}.log"
    with said.open("w") as log:
        process = subprocess.Popen(
            ["flux-voice", command or service], cwd=image.home, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            until = time.monotonic() + PATIENCE
            while "Ctrl-C stops" not in said.read_text():
                assert process.poll() is None and time.monotonic() < until, said.read_text()
                time.sleep(0.1)
            assert told(image, service, environment) == "", said.read_text()
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=PATIENCE) == 0, said.read_text()


def told(image: Image, service: str, environment: dict[str, str]) -> str:
    """Return what the health check complains of, empty where all is well."""
    command = ["python", str(image.sources / "deploy/healthy.py"), service]
    done = subprocess.run(command, cwd=image.home, env=environment, capture_output=True, text=True)
    return done.stderr if done.returncode else ""


@pytest.mark.parametrize("arguments", [(), ("libraries", "x"), ("libraries", "x", "tpu"), ("burn", "x")])
def test_wrong_arguments_are_told_in_one_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = subprocess.run([str(ROOT / "scripts/gpu-install"), *arguments], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.startswith("gpu-install: give") and done.stderr.count("\n") == 1
    assert not [*tmp_path.iterdir()]
