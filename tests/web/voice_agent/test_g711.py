"""G.711 against FFmpeg's."""

import av
import numpy as np
import pytest
from av.audio.codeccontext import AudioCodecContext

from models.audio import silence, to_int16
from web.voice_agent import g711
from web.voice_agent.g711 import Law

LAWS: list[Law] = ["mulaw", "alaw"]


@pytest.mark.parametrize("law", LAWS)
def test_all_256_codes_mean_what_they_do_elsewhere(law: Law) -> None:
    codes = bytes(range(256))
    decoder = av.CodecContext.create(f"pcm_{law}", "r")
    assert isinstance(decoder, AudioCodecContext)
    decoder.sample_rate, decoder.layout = 8_000, "mono"
    expected = np.concatenate([frame.to_ndarray().reshape(-1) for frame in decoder.decode(av.Packet(codes))])
    assert (np.round(g711.decode(codes, law) * 32768) == expected).all()


@pytest.mark.parametrize("law", LAWS)
def test_a_sample_becomes_the_code_that_is_nearest(law: Law) -> None:
    levels = np.sort(g711.decode(bytes(range(256)), law))
    pcm = np.linspace(-1, 1, 5_001, dtype=np.float32)
    back = g711.decode(g711.encode(pcm, law), law)
    nearest = np.abs(levels[None, :] - (to_int16(pcm) / 32768)[:, None]).min(axis=1)
    assert np.allclose(np.abs(back - to_int16(pcm) / 32768), nearest, atol=1e-6)


@pytest.mark.parametrize("law", LAWS)
def test_silence_is_silent(law: Law) -> None:
    assert np.abs(g711.decode(g711.encode(silence(160), law), law)).max() <= 8 / 32768
