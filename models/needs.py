"""Which weights the engines of the settings use."""

from collections.abc import Mapping, Sequence

from models.catalog import CATALOG, Weights
from models.llm.settings import OLLAMA_MODEL
from models.settings import ModelSettings


def needed(settings: ModelSettings, catalog: Mapping[str, Weights] = CATALOG) -> Sequence[Weights]:
    """Return them, as far as the catalog knows them: a folder of one's own is its engine's business."""
    names: list[str] = [settings.vad.engine]
    match settings.stt.engine:
        case "pocketsphinx":
            names.append("en-us")
        case "whisper":
            names.append(settings.stt.model)
    names += [chat.model or OLLAMA_MODEL for chat in settings.llm.chain if chat.engine == "ollama"]
    match settings.tts.engine:
        case "espeak":
            names.append("espeak-ng")
        case "piper":
            names.append(settings.tts.voice)
    return [catalog[name] for name in dict.fromkeys(names) if name in catalog]
