"""Engines for OpenAI's audio API that only pretend."""

from tests.pipeline.scripted import LoudnessVad, ScriptedStt, ToneTts
from web.openai_audio.route import AudioEngines


def engines(tts: ToneTts | None = None) -> AudioEngines:
    """Return engines that hear nothing and say tones."""
    return AudioEngines(LoudnessVad(), ScriptedStt([]), tts or ToneTts(), "en")
