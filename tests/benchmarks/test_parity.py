"""The box and Deepgram beside each other, and the box alone where there is no key."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

pytest.importorskip("deepgram", reason="the extra deepgram is not installed")

from benchmarks.parity import NO_KEY, report, run, sentences, show
from intents.agent import load_agent
from tests.deepgram.served import emulated
from web.settings import load_settings

CLIPS = ("yes_rms", "call_mom_rms")


async def test_both_sides_hear_and_say_the_same_sentences(tmp_path: Path) -> None:
    vocabulary = load_agent("flux").vocabulary
    async with emulated(tmp_path, vocabulary, finalize_timeout=5.0) as (emulator, cloud):
        settings = load_settings(stt={"workers": 1, "cache": tmp_path}, deepgram=cloud)
        sides = await run(settings, sentences(CLIPS))
    for side in sides.values():
        assert side is not None
        assert [one.name for one in side.sentences] == list(CLIPS)
        assert (side.wer, side.exact) == (0.0, len(CLIPS))
        assert set(side.medians) == {"first_partial", "transcript", "first_sound", "whole_sound"}
        assert side.medians["whole_sound"] >= side.medians["first_sound"] > 0
    # One more of each to see whether the key will do.
    assert len(emulator.listened) == len(CLIPS) + 1 and len(emulator.spoken) == 1
    output = StringIO()
    show(sides, Console(width=120, file=output), transcripts=True)
    assert "nova-3 at 127.0.0.1" in output.getvalue() and NO_KEY not in output.getvalue()
    lines = [" ".join(line.split()) for line in output.getvalue().splitlines()]
    assert f"local {sides['local'].sentences[1].heard}" in lines  # type: ignore[union-attr]
    assert f"deepgram {sides['deepgram'].sentences[1].heard}" in lines  # type: ignore[union-attr]


def test_without_a_key_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEEPGRAM_API_KEY", raising=False)
    out = tmp_path / "parity.json"
    command = [sys.executable, "-m", "benchmarks.parity", "--clip", "yes_rms", "--out", str(out)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert NO_KEY in printed and "WER %" in printed
    kept = json.loads(out.read_text())
    assert kept["deepgram"] == {"not_measured": NO_KEY}
    (sentence,) = kept["local"]["sentences"]
    assert (sentence["said"].lower().rstrip("."), sentence["heard"]) == ("yes", "yes")


def test_an_unknown_clip_is_told() -> None:
    with pytest.raises(SystemExit, match="no clip nonsense"):
        sentences(["nonsense"])


def test_what_was_not_measured_is_kept_as_such() -> None:
    assert report({}, {"deepgram": None})["deepgram"] == {"not_measured": NO_KEY}
