"""What was said is in no log line, not even in that of a fault."""

import logging
from pathlib import Path
from typing import Literal

import pytest
import structlog

from tests.speech import load
from web.logs import set_up


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_logged_fault_shows_where_it_was_and_not_what_was_said(
    form: Literal["console", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        set_up("INFO", form)
        fail("my secret diagnosis")
    finally:
        root.handlers[:], root.level = before
    logged = capsys.readouterr().err
    assert "a request failed" in logged and "ZeroDivisionError" in logged and "in fail" in logged
    assert "diagnosis" not in logged


def fail(said: str) -> None:
    try:
        print(len(said) // 0)
    except ZeroDivisionError:
        structlog.get_logger().error("a request failed", exc_info=True)


async def test_not_even_debugging_shows_what_deepgram_is_told_and_tells(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pytest.importorskip("deepgram", reason="the extra deepgram is not installed")
    from models.stt.deepgram import DeepgramListener
    from models.tts.deepgram import DeepgramSpeaker
    from tests.deepgram.emulator import KEY
    from tests.deepgram.served import emulated

    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        set_up("DEBUG")
        async with emulated(tmp_path, finalize_timeout=5.0) as (_, cloud):
            ear, voice = DeepgramListener(cloud, ("a secret diagnosis",)), DeepgramSpeaker(cloud)
            assert [speech async for speech in voice.speak("A secret diagnosis.")]
            stream = ear.open()
            stream.feed(load("yes_rms"))
            assert (await stream.finish()).text == "yes"
            await stream.close()
            await ear.close()
            await voice.close()
    finally:
        root.handlers[:], root.level = before
    logged = capsys.readouterr().err
    assert "diagnosis" not in logged and '"yes"' not in logged and KEY not in logged
