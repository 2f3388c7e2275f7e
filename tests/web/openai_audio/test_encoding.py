"""Every format plays as what was said, and comes piece by piece."""

from io import BytesIO

import av
import numpy as np
import pytest
import soundfile

from models.audio import Pcm, from_int16
from web.openai_audio.encoding import CONTENT_TYPES, RATE, Format, VoiceWriter

FORMATS: list[Format] = ["mp3", "opus", "aac", "flac", "wav", "pcm"]


def tone(rate: int, seconds: float) -> Pcm:
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


def written(form: Format, rate: int = 22_050, seconds: float = 3.0) -> list[bytes]:
    writer, line = VoiceWriter(form, rate), tone(rate, seconds)
    pieces = [writer.feed(line[at : at + 5_000]) for at in range(0, line.size, 5_000)]
    return [*pieces, writer.finish()]


def played(data: bytes, form: Format) -> tuple[Pcm, int]:
    if form == "pcm":
        return from_int16(np.frombuffer(data, dtype="<i2")), RATE
    with av.open(BytesIO(data), mode="r") as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
        rate = container.streams.audio[0].rate
    line = np.concatenate([frame.reshape(1, -1) for frame in frames], axis=1)[0]
    return (line.astype(np.float32) / (32768 if line.dtype == np.int16 else 1)), rate


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000])
def test_what_was_said_is_what_is_played(form: Format, rate: int) -> None:
    pcm, played_rate = played(b"".join(written(form, rate)), form)
    assert pcm.size / played_rate == pytest.approx(3.0, abs=0.12)
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(pcm.size)))
    assert abs(np.argmax(spectrum) * played_rate / pcm.size - 440) < 3
    assert 0.3 < np.sqrt(np.mean(pcm**2)) < 0.4
    assert form in CONTENT_TYPES


@pytest.mark.parametrize("form", FORMATS)
def test_sound_leaves_before_all_of_it_is_made(form: Format) -> None:
    pieces = written(form, seconds=10.0)
    half = sum(map(len, pieces[: len(pieces) // 2]))
    assert half > 0.3 * sum(map(len, pieces))


def test_a_wav_file_of_unknown_length_is_read_by_others_too() -> None:
    pcm, rate = soundfile.read(BytesIO(b"".join(written("wav"))), dtype="float32")
    assert rate == RATE and pcm.size / rate == pytest.approx(3.0, abs=0.05)


@pytest.mark.parametrize("form", ["wav", "mp3"])
def test_where_nothing_is_said_a_file_is_still_one(form: Format) -> None:
    pcm, rate = played(VoiceWriter(form, 22_050).finish(), form)
    assert pcm.size / rate < 0.2
