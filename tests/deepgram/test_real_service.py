"""Deepgram itself: `FLUX_TEST_DEEPGRAM=1 DEEPGRAM_API_KEY=… pytest tests/deepgram/test_real_service.py`.

It costs some cents and sends test speech only. FLUX_DEEPGRAM__URL leads it elsewhere.
"""

import asyncio
import os

import numpy as np
import pytest

pytest.importorskip("deepgram", reason="the extra deepgram is not installed")

from intents.agent import load_agent
from models.audio import SAMPLE_RATE
from models.settings import DeepgramSettings
from models.stt.deepgram import DeepgramListener
from models.tts.deepgram import DeepgramSpeaker
from models.word_errors import word_error_rate
from tests.models.stt_contract import FRAME
from tests.models.tts_contract import SENTENCES as PHRASES
from tests.models.tts_contract import samples, spoken
from tests.speech import SENTENCES, load
from web.deepgram_session import mint
from web.settings import load_settings

pytestmark = pytest.mark.skipif(
    not (os.environ.get("FLUX_TEST_DEEPGRAM") and os.environ.get("DEEPGRAM_API_KEY")),
    reason="Deepgram itself is asked only with FLUX_TEST_DEEPGRAM=1 and DEEPGRAM_API_KEY",
)
CLIPS = ("goal_1_slt", "task_4_rms", "reschedule_3_rms")


@pytest.fixture
def cloud() -> DeepgramSettings:
    return load_settings().deepgram


async def test_it_hears_what_is_said_at_the_speed_of_speech(cloud: DeepgramSettings) -> None:
    engine = DeepgramListener(cloud, load_agent("flux").vocabulary)
    await engine.warm()
    pairs = []
    for name in CLIPS:
        stream, pcm = engine.open(), load(name)
        partials = asyncio.ensure_future(anext(stream.partials()))
        for start in range(0, len(pcm), FRAME):
            stream.feed(pcm[start : start + FRAME])
            await asyncio.sleep(FRAME / SAMPLE_RATE)
        look = await stream.look()
        assert look.final and await stream.finish() == look
        assert (await partials).text
        pairs.append((SENTENCES[name].text, look.text))
        await stream.close()
    await engine.close()
    assert word_error_rate(pairs) < 0.3, pairs


async def test_a_turn_goes_on_after_a_pause(cloud: DeepgramSettings) -> None:
    engine = DeepgramListener(cloud)
    stream = engine.open()
    stream.feed(load("call_mom_rms"))
    first = await stream.look()
    await asyncio.sleep(6)
    stream.feed(load("tomorrow_at_noon_rms"))
    both = await stream.finish()
    await stream.close()
    await engine.close()
    assert "mom" in first.text.lower() and "noon" in both.text.lower()
    assert both.text.lower().startswith(first.text.lower().rstrip(".")[:8])


async def test_it_speaks_and_stops(cloud: DeepgramSettings) -> None:
    engine = DeepgramSpeaker(cloud)
    await engine.warm()
    whole = await spoken(engine, PHRASES[0])
    assert 1.0 < samples(whole) / engine.sample_rate < 8.0
    assert np.abs(np.concatenate([piece.pcm for piece in whole])).max() > 0.05
    cut = engine.speak(" ".join(PHRASES))
    await anext(cut)
    await cut.aclose()  # type: ignore[attr-defined]
    await asyncio.sleep(1)
    assert samples(await spoken(engine, PHRASES[3])) / engine.sample_rate < 4.0
    await engine.close()


async def test_it_grants_a_token(cloud: DeepgramSettings) -> None:
    settings = load_settings()
    session = await mint(load_agent("flux"), settings)
    assert session.token and session.token != os.environ["DEEPGRAM_API_KEY"]
