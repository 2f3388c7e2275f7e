"""The measurement for GPU boxes runs here too, small and on the processor, and tells what it measured."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("faster_whisper", reason="no faster-whisper: pip install -r requirements-engines.lock")
pytest.importorskip("piper", reason="no piper-tts: pip install -r requirements-engines.lock")
pytest.importorskip("onnx", reason="no onnx: pip install -r requirements-engines.lock")

from benchmarks import gpu, gpu_libraries, gpu_machine
from benchmarks.gpu_stt import LOADS
from benchmarks.piper_shape import VOICE_SHAPES, make_voice
from models.recipes.whisper_test_model import SHAPES, Shape, make
from models.recipes.whisper_tokenizer import build_tokenizer
from models.stt.whisper_model import LoadedWhisper, Window
from tests.speech import load

SMALL = ("--shape", "test", "--calls", "1,2", "--max-batch", "2", "--seconds", "0.2", "--tokens", "6", "--threads", "1")


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "benchmarks.gpu", *arguments)
    return subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)


def kept(folder: Path, kind: str) -> str:
    (path,) = folder.glob(f"gpu-*.{kind}")
    return path.read_text()


def test_everything_is_measured_and_random_weights_are_called_so(tmp_path: Path) -> None:
    done = bench(*SMALL, "--device", "cpu", "--out", str(tmp_path), "--commit", "abc123")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(kept(tmp_path, "json"))
    assert found["machine"]["commit"] == "abc123"
    assert found["machine"]["versions"]["ctranslate2"]
    assert found["left_out"] == {}

    assert [row["calls"] for row in found["vad"]] == [1, 2]
    assert all(0 < row["p50_us"] <= row["p95_us"] and row["calls_per_core"] > 0 for row in found["vad"])

    stt = found["stt"]
    assert (stt["random_weights"], stt["shape"], stt["tokens"]) == (True, "test", 6)
    assert [run["batch"] for run in stt["runs"]] == [1, 2]
    assert all(
        min(run["repeats"]["beam_ms"]) <= run["beam_ms"] <= max(run["repeats"]["beam_ms"]) for run in stt["runs"]
    )
    assert all(run["mel_ms"] > 0 and run["encoder_ms"] > 0 and run["greedy_ms"] > 0 for run in stt["runs"])
    cells = {(cell["load"], cell["row"]["max_batch"], cell["row"]["calls"]): cell for cell in stt["cells"]}
    assert len(cells) == len(stt["cells"]) == 8
    for (_, size, calls), cell in cells.items():
        assert cell["row"]["finals"] >= calls
        assert cell["row"]["p50_ms"] <= cell["row"]["p95_ms"]
        assert 1 <= cell["row"]["windows_per_run"] <= size
        assert cell["memory_mib"] is None
        assert size > 1 or cell["ratio"] == 1.0
    partials = [
        sum(cell["row"]["partials_per_second"] for key, cell in cells.items() if key[0] == kind) for kind in LOADS
    ]
    assert partials[0] == 0 < partials[1]

    assert found["tts"]["random_weights"]
    assert [(row["device"], row["calls"]) for row in found["tts"]["rows"]] == [("cpu", 1), ("cpu", 2)]
    assert all(row["phrases"] >= row["calls"] and row["real_time_factor"] > 0 for row in found["tts"]["rows"])

    told = kept(tmp_path, "txt")
    assert " ".join(told.split()).count("random weights in the shape of test, 6 tokens in every text") == 3
    assert "Piper, random weights in a tiny shape" in told
    drawn = list(tmp_path.glob("*.svg"))
    assert bool(drawn) != ("no picture" in done.stdout)
    assert all("random weights" in path.read_text() for path in drawn)


def test_one_part_alone(tmp_path: Path) -> None:
    done = bench("--only", "vad", "--device", "cpu", "--seconds", "0.1", "--calls", "1", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert set(json.loads(kept(tmp_path, "json"))) == {"measured", "machine", "seconds", "left_out", "vad"}


@pytest.mark.gpu
@pytest.mark.skipif(not gpu_libraries.cuda_devices(), reason="no CUDA device")
def test_speech_recognition_on_cuda(tmp_path: Path) -> None:
    done = bench(*SMALL, "--only", "stt", "--device", "cuda", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    found = json.loads(kept(tmp_path, "json"))
    assert found["stt"]["engine"].endswith("on CUDA")
    assert found["stt"]["tokens"] == 6
    assert found["machine"]["cublas"].startswith("cuBLAS")
    assert all(cell["memory_mib"] > 0 for cell in found["stt"]["cells"])


def test_the_parts_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    gpu.main(["--list"])
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["vad", "stt", "tts"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--only", "vad,llm"], "there is no part llm, only vad, stt, tts"),
        (["--calls", "1,0"], "'1,0' is no list of numbers above 0"),
        (["--max-batch", "many"], "'many' is no list of numbers above 0"),
        (["--seconds", "-1"], "'-1' is not above 0"),
        (["--model", "/nowhere"], "/nowhere is no folder"),
        (["--voice", "/nowhere.onnx"], "/nowhere.onnx is no file"),
    ],
)
def test_bad_arguments_are_refused_in_a_line(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        gpu.main(arguments)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_cuda_without_a_device_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_libraries, "cuda_devices", lambda: 0)
    with pytest.raises(SystemExit, match="no CUDA device is to be seen: check the driver"):
        gpu.main(["--device", "cuda", "--only", "vad"])


def test_an_unknown_shape_is_refused(tmp_path: Path) -> None:
    done = bench("--shape", "huge", "--device", "cpu", "--out", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.strip().endswith("large-v3-turbo")
    assert done.stderr.strip().startswith("there is no shape huge, only test, tiny.en")


def test_a_part_without_its_packages_says_which_to_install() -> None:
    part = gpu.Part("", "gpu_vad", ("numpy", "no_such_package"), "this-one")
    assert gpu.missing(part) == "gpu_vad needs no_such_package: pip install this-one"
    assert all(gpu.missing(part) == "" for part in gpu.PARTS.values())


def test_cublas_is_found_in_the_wheels_beside_pytorch(tmp_path: Path) -> None:
    cublas, other = tmp_path / "nvidia/cublas/lib", tmp_path / "nvidia/cudnn/lib"
    for folder in (cublas, other):
        folder.mkdir(parents=True)
    found = gpu_libraries.library_folders(["", str(tmp_path / "nothing"), str(tmp_path)])
    assert found[:2] == [cublas, other]
    assert gpu_libraries.plan([cublas, other], tmp_path / "made") == []
    (cublas / "libcublas.so.12").touch()
    assert gpu_libraries.plan([cublas, other], tmp_path / "made") == [cublas, other]
    assert not (tmp_path / "made").exists()


def test_the_next_cublas_stands_in_for_the_one_that_is_missing(tmp_path: Path) -> None:
    (tmp_path / "libcublas.so.13").touch()
    assert gpu_libraries.plan([tmp_path], tmp_path / "made") == [tmp_path / "made", tmp_path]
    assert (tmp_path / "made/libcublas.so.12").resolve() == tmp_path / "libcublas.so.13"


def test_the_loader_learns_of_the_folders_by_a_new_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Started(Exception):
        pass

    def start(path: str, arguments: list[str], environment: dict[str, str]) -> None:
        raise Started(path, arguments, environment)

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(gpu_libraries, "CUBLAS", "libno-such-cublas.so.12")
    monkeypatch.setattr(gpu_libraries, "library_folders", lambda roots: [tmp_path])
    monkeypatch.setattr(os, "execve", start)
    monkeypatch.setenv("LD_LIBRARY_PATH", "/before")
    with pytest.raises(FileNotFoundError, match="pip install nvidia-cublas-cu12"):
        gpu_libraries.ensure()
    (tmp_path / "libno-such-cublas.so.12").touch()
    with pytest.raises(Started) as started:
        gpu_libraries.ensure()
    path, arguments, environment = started.value.args
    assert (path, arguments[1:]) == (sys.executable, sys.orig_argv[1:])
    assert environment["LD_LIBRARY_PATH"] == f"{tmp_path}:/before"
    assert len(list(tmp_path.glob("cublas-*"))) == 1  # removed by the process that begins now, at its end
    monkeypatch.setattr(os, "environ", environment)
    with pytest.raises(FileNotFoundError):  # and not a second one
        gpu_libraries.ensure()


def test_faster_whisper_needs_no_av(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.setattr(gpu_libraries, "find_spec", lambda name: None)
    gpu_libraries.stand_in_for_av()
    assert sys.modules["av"].__name__ == "av"


def test_the_device_is_described_as_nvidia_smi_tells_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"name,driver_version,memory.total": "NVIDIA H100 80GB HBM3, 580.159.04, 81559", "memory.used": "2345"}
    cases = "\n".join(f'  --query-gpu={what}) echo "{told}";;' for what, told in answers.items())
    (tmp_path / "nvidia-smi").write_text(f'#!/bin/sh\ncase "$1" in\n{cases}\nesac\n')
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    told = gpu_machine.describe("cuda", "cuBLAS 12.8.4", None)
    assert (told["name"], told["driver"], told["memory_mib"]) == ("NVIDIA H100 80GB HBM3", "580.159.04", 81559)
    assert gpu_machine.slug(told["name"]) == "nvidia-h100-80gb-hbm3"
    with gpu_machine.GpuMemory("cuda") as memory:
        assert memory.most() == 2345
    assert gpu_machine.GpuMemory("cpu").most() is None


def test_turbo_has_the_vocabulary_of_the_true_one() -> None:
    shape = SHAPES["large-v3-turbo"]
    tokenizer = build_tokenizer(("one two",), shape.text_tokens, multilingual=shape.multilingual)
    assert tokenizer.get_vocab_size() == 51_866


def test_a_model_can_be_stored_in_half_precision(tmp_path: Path) -> None:
    for quantization in ("int8", "float16"):
        make(tmp_path / quantization, Shape(width=64, text_tokens=4000), quantization=quantization)
    small, large = ((tmp_path / name / "model.bin").stat().st_size for name in ("int8", "float16"))
    assert large > 1.3 * small
    model = LoadedWhisper(tmp_path / "float16", device="cpu", compute_type="float32", threads=1, language="en")
    (heard,) = model.decode([Window(load("goal_1_rms"), (), 1)])
    assert heard.text


def test_the_voice_is_as_large_as_a_medium_one(tmp_path: Path) -> None:
    size = make_voice(tmp_path, VOICE_SHAPES["medium"]).stat().st_size
    assert 0.9 * 63e6 < size < 63e6  # en_US-ljspeech-medium; the duration predictor is left out
