"""The model file survives reading and writing, and mixing in phrases moves only what it should."""

import math
from pathlib import Path

import numpy as np
import pocketsphinx
import pytest

from models.errors import EngineError
from models.stt.biased_lm import biased_model, phrase_words
from models.stt.mixing import mix
from models.stt.sphinx_lm import TrigramModel

FOLDER = Path(pocketsphinx.get_model_path()) / "en-us"
GENERAL = FOLDER / "en-us.lm.bin"
DICTIONARY = FOLDER / "cmudict-en-us.dict"


@pytest.fixture(scope="module")
def general() -> TrigramModel:
    return TrigramModel.read(GENERAL)


def probability(path: Path, text: str) -> float:
    """Return what pocketsphinx itself makes of the last word of `text` after up to two before it."""
    logmath = pocketsphinx.LogMath()
    model = pocketsphinx.NGramModel(pocketsphinx.Config(lm=None), logmath, str(path))
    return math.exp(model.prob(list(reversed(text.split()))) * math.log(1.0001))


def test_written_model_is_the_model_read(general: TrigramModel, tmp_path: Path) -> None:
    general.write(tmp_path / "copy")
    copy = TrigramModel.read(tmp_path / "copy")
    for field in TrigramModel.__dataclass_fields__:
        assert np.array_equal(getattr(copy, field), getattr(general, field)), field


def test_pocketsphinx_reads_the_same_from_it(general: TrigramModel, tmp_path: Path) -> None:
    general.write(tmp_path / "copy")
    for text in ("guitar", "to learn", "want to learn", "learn guitar in", "the a the"):
        assert probability(tmp_path / "copy", text) == probability(GENERAL, text)


def test_phrases_become_likelier_and_others_stay(general: TrigramModel, tmp_path: Path) -> None:
    sentences = [phrase_words(text) for text in ("Remind me to call mom", "Remind me to walk the dog")]
    mixed = tmp_path / "mixed"
    mix(general, sentences, frozenset(general.words)).write(mixed)
    for text in ("me to call", "to call mom", "<s> remind me", "walk the dog"):
        assert probability(mixed, text) > max(0.2, 1.5 * probability(GENERAL, text)), text
    for text in ("in the park", "a large company", "price of oil", "could you tell"):
        assert probability(mixed, text) == pytest.approx(probability(GENERAL, text), rel=0.15), text


def test_probabilities_after_examples_still_add_up(general: TrigramModel, tmp_path: Path) -> None:
    mix(general, [phrase_words("remind me to call mom")], frozenset(general.words)).write(tmp_path / "mixed")
    logmath = pocketsphinx.LogMath()
    model = pocketsphinx.NGramModel(pocketsphinx.Config(lm=None), logmath, str(tmp_path / "mixed"))
    for context in (["to", "me"], ["remind", "<s>"], ["park", "the"]):
        weights = np.array([model.prob([word, *context]) for word in general.words])
        assert np.exp(weights * math.log(1.0001)).sum() == pytest.approx(1.0, abs=0.15)


def test_a_word_new_to_the_model_can_be_said(general: TrigramModel, tmp_path: Path) -> None:
    new, unpronounceable = "voicemails", "qqqq"
    assert new not in general.words
    path = tmp_path / "mixed"
    mix(general, [["call", new], ["call", unpronounceable]], frozenset({new})).write(path)
    assert probability(path, f"call {new}") > 0.1
    assert unpronounceable not in TrigramModel.read(path).words


def test_the_mixed_file_is_made_once(tmp_path: Path) -> None:
    first = biased_model(GENERAL, ["Remind me, please!"], DICTIONARY, tmp_path)
    made = first.stat().st_mtime_ns
    assert biased_model(GENERAL, ["remind me please"], DICTIONARY, tmp_path) == first
    assert first.stat().st_mtime_ns == made
    assert biased_model(GENERAL, ["something else"], DICTIONARY, tmp_path) != first
    assert biased_model(GENERAL, ["...", ""], DICTIONARY, tmp_path) == GENERAL


@pytest.mark.parametrize("sentence", ["Größe ändern", "größe go ändern", "go größe"])
def test_sentences_without_words_of_the_model_do_no_harm(general: TrigramModel, sentence: str, tmp_path: Path) -> None:
    mixed = mix(general, [phrase_words(sentence)], frozenset(general.words))
    mixed.write(tmp_path / "mixed")
    for text in ("want to learn", "in the park"):
        assert probability(tmp_path / "mixed", text) == pytest.approx(probability(GENERAL, text), rel=0.15), text


def test_words_keep_their_letters() -> None:
    assert phrase_words("Größe ändern, s'il vous plaît") == ["größe", "ändern", "s'il", "vous", "plaît"]
    assert phrase_words("a\u0308ndern") == ["ändern"]


def test_words_are_spelled_as_the_model_does() -> None:
    assert phrase_words("Move my doctor\u2019s appointment, to 10 a.m.!") == [
        *("move", "my", "doctor's", "appointment", "to", "10", "a.m"),
    ]


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a model")
    with pytest.raises(EngineError, match="not a trigram model"):
        TrigramModel.read(tmp_path / "text")
