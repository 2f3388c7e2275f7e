"""What the console tells of engines, memory and GPUs."""

import os
from pathlib import Path

from models.engines import Engines
from models.errors import EngineError
from web.console.engines import engine_states
from web.console.gpus import gpus
from web.console.processes import memory
from web.settings import load_settings

GPUS = "GPU-1, NVIDIA H100 80GB HBM3, 550.54, 81559, 2048, 7\nGPU-2, NVIDIA L4, 550.54, 23034, [N/A], [N/A]\n"
APPS = "GPU-1, 42, 1024\nGPU-1, 43, 512\nGPU-1, 99, 9\nGPU-2, 42, [N/A]\n"


class Standing:
    def __init__(self, failure: str | None = None, report: str = "tiny on CPU") -> None:
        self._failure, self.report = failure, report

    async def check(self) -> None:
        if self._failure:
            raise EngineError(self._failure)


async def test_each_engine_tells_how_it_stands() -> None:
    settings = load_settings(profile="cpu", llm={"engine": "ollama", "fallback": ["sentences"]})
    built = Engines(Standing(), Standing(), Standing("no answer at http://u:pw@o.lan"), Standing())  # type: ignore[arg-type]
    told = await engine_states(settings, built, {"stt": 1.5})
    assert [(one.part, one.engine, one.status) for one in told] == [
        ("vad", "silero", "ok"),
        ("turn", "smart-turn", "not installed"),
        ("stt", "whisper", "ok"),
        ("llm", "ollama", "unavailable"),
        ("llm", "sentences", "unavailable"),
        ("tts", "piper", "ok"),
    ]
    whisper, ollama = told[2], told[3]
    assert (whisper.model, whisper.device, whisper.warm_seconds) == ("base.en", "cpu", 1.5)
    assert (ollama.device, ollama.cloud) == ("127.0.0.1", False)
    assert "pw" not in ollama.detail


async def test_what_goes_to_a_cloud_is_told() -> None:
    settings = load_settings(profile="deepgram", deepgram={"api_key": "k"})
    built = Engines(*(Standing() for _ in range(4)))  # type: ignore[arg-type]
    told = await engine_states(settings, built, {})
    assert {one.part for one in told if one.cloud} == {"stt", "tts"}


def test_the_gpus_are_told_with_what_is_ours() -> None:
    first, second = gpus({42, 43}, lambda *options: GPUS if "--query-gpu" in options[0] else APPS)
    assert (first.name, first.busy_percent) == ("NVIDIA H100 80GB HBM3", 7.0)
    assert (first.used_bytes, first.own_bytes) == (2048 * 2**20, 1536 * 2**20)
    assert (second.used_bytes, second.own_bytes, second.busy_percent) == (None, None, None)
    assert gpus({42}, lambda *_: "") == []


def test_memory_is_that_of_the_server_and_all_that_came_of_it(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal:  1000 kB\nMemAvailable:  400 kB\nHugePages_Total: 0\n")
    for pid, parent, name, pages in ((10, 1, "flux", 7), (11, 10, "a (b) c", 5), (12, 11, "w", 3), (13, 1, "x", 100)):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "stat").write_text(f"{pid} ({name}) S {parent} 1 1")
        (tmp_path / str(pid) / "statm").write_text(f"999 {pages} 1")
        (tmp_path / str(pid) / "comm").write_text(f"{name}\n")
    told, page = memory(tmp_path, 10), os.sysconf("SC_PAGE_SIZE")
    assert (told.total_bytes, told.available_bytes) == (1000 * 1024, 400 * 1024)
    assert [(one.pid, one.name) for one in told.processes] == [(10, "flux"), (11, "a (b) c"), (12, "w")]
    assert told.resident_bytes == 15 * page
    assert memory(tmp_path / "nowhere", 10).processes == []
