"""Deepgram's Listen as an engine, against the emulator."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

pytest.importorskip("deepgram", reason="the extra deepgram is not installed")

from models.settings import DeepgramSettings
from models.stt.deepgram import DeepgramListener
from tests.deepgram.emulator import DeepgramEmulator
from tests.deepgram.served import emulated
from tests.models.stt_contract import SpeechToTextContract
from tests.models.test_stt import VOCABULARY

Emulated = tuple[DeepgramEmulator, DeepgramSettings]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deepgram(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Emulated]:
    # The emulator's decoder is slower than Deepgram.
    async with emulated(tmp_path_factory.mktemp("stt"), VOCABULARY, finalize_timeout=10.0) as served:
        yield served


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(deepgram: Emulated) -> AsyncIterator[DeepgramListener]:
    engine = DeepgramListener(deepgram[1], VOCABULARY)
    await engine.warm()
    yield engine
    await engine.close()


@pytest.mark.asyncio(loop_scope="module")
class TestDeepgramContract(SpeechToTextContract):
    pass
