"""Recordings of any kind become 16 kHz mono; what names other files or holds no sound is refused."""

from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from av.audio.frame import AudioFrame

from models.audio import SAMPLE_RATE, Pcm, to_int16
from web.errors import RequestError
from web.openai_audio.decoding import decode


def tone(rate: int, seconds: float = 1.0) -> Pcm:
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


def recorded(container: str, codec: str, rate: int = 48_000) -> BytesIO:
    file = BytesIO()
    with av.open(file, "w", format=container) as output:
        stream: Any = output.add_stream(codec, rate=rate, layout="mono")
        frame = AudioFrame.from_ndarray(to_int16(tone(rate)).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = rate
        for packet in (*stream.encode(frame), *stream.encode(None)):
            output.mux(packet)
    file.seek(0)
    return file


@pytest.mark.parametrize(
    ("container", "codec"),
    [
        ("wav", "pcm_s16le"),
        ("mp3", "libmp3lame"),
        ("flac", "flac"),
        ("ogg", "libopus"),
        ("webm", "libopus"),
        ("mp4", "aac"),
        ("adts", "aac"),
    ],
)
def test_whatever_a_client_records_is_read(container: str, codec: str) -> None:
    pcm = decode(recorded(container, codec), 10.0)
    assert 0.95 * SAMPLE_RATE < pcm.size < 1.15 * SAMPLE_RATE
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(pcm.size)))
    assert abs(np.argmax(spectrum) * SAMPLE_RATE / pcm.size - 440) < 3


def test_stereo_becomes_the_mean_of_both_sides() -> None:
    file = BytesIO()
    soundfile.write(file, np.stack([tone(16_000), -tone(16_000)], axis=1), 16_000, format="WAV")
    file.seek(0)
    assert np.abs(decode(file, 10.0)).max() < 0.01


def test_a_recording_that_is_too_long_is_refused_before_all_of_it_is_read() -> None:
    file = BytesIO()
    soundfile.write(file, np.zeros(16_000 * 600), 16_000, format="FLAC")
    assert file.tell() < 100_000, "it is small, and long"
    file.seek(0)
    with pytest.raises(RequestError) as refusal:
        decode(file, 5.0)
    assert refusal.value.status == 413 and "5 seconds" in refusal.value.message


@pytest.mark.parametrize("content", [b"", b"hello", bytes(10_000), b"RIFF" + bytes(100), b"ID3" + bytes(100)])
def test_what_is_no_sound_is_refused(content: bytes) -> None:
    with pytest.raises(RequestError) as refusal:
        decode(BytesIO(content), 5.0)
    assert refusal.value.status == 400 and "send wav" in refusal.value.message


def test_a_list_of_other_files_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret.wav").write_bytes(recorded("wav", "pcm_s16le").getvalue())
    monkeypatch.chdir(tmp_path)
    listed = b"ffconcat version 1.0\nfile secret.wav\n"
    with av.open(BytesIO(listed), mode="r") as container:
        assert next(container.decode(audio=0)).samples, "FFmpeg would follow it"
    with pytest.raises(RequestError):
        decode(BytesIO(listed), 5.0)
