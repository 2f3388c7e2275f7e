"""The general language model biased toward an agent's example phrases, so that free words stay possible."""

import fcntl
import hashlib
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Final

# Shares of the examples, by the number of words known before; measured with `benchmarks/stt_wer.py`.
SHARES: Final = (0.1, 0.4, 0.6)
_VERSION: Final = 1


def phrase_words(phrase: str) -> list[str]:
    """Return the words of a phrase as the model spells them: lower case, without punctuation."""
    text = unicodedata.normalize("NFC", phrase.lower().replace("\u2019", "'"))
    return re.findall(r"[^\W_]+(?:['.-][^\W_]+)*", text)


def biased_model(general: Path, phrases: Sequence[str], dictionary: Path, cache: Path) -> Path:
    """Return the file of the general model mixed with `phrases`, made on the first call and then kept in `cache`.

    A word without an entry in `dictionary` (pronunciations) cannot be heard and is left out. Takes some seconds when
    made, milliseconds afterwards. Raises EngineError for an unreadable general model, OSError for `cache`.
    """
    sentences = sorted({tuple(phrase_words(phrase)) for phrase in phrases} - {()})
    if not sentences:
        return general
    stat = general.stat()
    identity = repr((_VERSION, SHARES, stat.st_size, stat.st_mtime_ns, sentences))
    path = cache / f"pocketsphinx-{hashlib.sha256(identity.encode()).hexdigest()[:20]}.lm.bin"
    if path.exists():
        return path
    cache.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        # Of several processes that start together one makes the file and the others wait for it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            # Here alone, for the worker that finds the file starts a fifth faster without numpy.
            from models.stt.mixing import mix
            from models.stt.sphinx_lm import TrigramModel

            known = frozenset(line.split(maxsplit=1)[0] for line in dictionary.read_text().splitlines() if line)
            unfinished = path.with_suffix(".unfinished")
            mix(TrigramModel.read(general), sentences, known).write(unfinished)
            unfinished.replace(path)
    return path
