"""The model for tests has what a true one has, where a true one has it."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("faster_whisper", reason="no faster-whisper: pip install -r requirements-engines.lock")

from faster_whisper.tokenizer import Tokenizer

from models.recipes.whisper_test_model import SHAPES, WORDS, Shape, make
from models.recipes.whisper_tokenizer import ENGLISH, MULTILINGUAL, build_tokenizer, special_tokens
from models.stt.whisper_model import LoadedWhisper, Window
from tests.speech import load

OPENAI = {
    "<|endoftext|>": 0,
    "<|startoftranscript|>": 1,
    "<|en|>": 2,
    "<|zh|>": 3,
    "<|su|>": 100,
    "<|translate|>": 101,
    "<|transcribe|>": 102,
    "<|startoflm|>": 103,
    "<|startofprev|>": 104,
    "<|nocaptions|>": 105,
    "<|notimestamps|>": 106,
    "<|0.00|>": 107,
    "<|30.00|>": 1607,
}


@pytest.mark.parametrize(("text_tokens", "size"), [(512, 2120), (ENGLISH, 51864), (MULTILINGUAL, 51865)])
def test_the_tokens_lie_where_openai_has_them(text_tokens: int, size: int) -> None:
    tokenizer = build_tokenizer((WORDS,), text_tokens, multilingual=text_tokens == MULTILINGUAL)
    assert tokenizer.get_vocab_size() == size
    numbers = tokenizer.get_vocab()
    assert {token: numbers[token] - text_tokens for token in OPENAI} == OPENAI


def test_special_tokens_are_told_once() -> None:
    assert len(set(special_tokens())) == len(special_tokens()) == 1608


def test_text_survives_and_known_words_are_one_token() -> None:
    tokenizer = Tokenizer(build_tokenizer((WORDS,), 600), multilingual=False)
    for text in (WORDS, " naïve — 東京, it's", " a\nb"):
        assert tokenizer.decode(tokenizer.encode(text)) == text
    assert len(tokenizer.encode(" guitar")) == 1
    # faster-whisper suppresses the first token of each: it must not be that of every word.
    space = tokenizer.encode(" ")[0]
    assert all(len(tokenizer.encode(text)) == 1 for text in (" -", " '"))
    assert space not in tokenizer.non_speech_tokens


def test_too_few_tokens_for_every_byte_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        build_tokenizer((WORDS,), 200)


def test_it_is_small_and_the_same_every_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make(tmp_path / name)
    files = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "two").iterdir()}
    assert sum(map(len, files.values())) < 2_000_000
    assert set(files) == {
        "model.bin",
        "config.json",
        "vocabulary.json",
        "tokenizer.json",
        "preprocessor_config.json",
    }


@pytest.mark.parametrize(
    ("shape", "language"),
    [
        (SHAPES["test"], "en"),
        (replace(SHAPES["test"], mels=128), "en"),
        (Shape(multilingual=True), "de"),
    ],
    ids=["English", "128 mel bands", "multilingual"],
)
def test_it_loads_and_decodes_as_a_true_one_does(shape: Shape, language: str, tmp_path: Path) -> None:
    make(tmp_path / "model", shape)
    model = LoadedWhisper(tmp_path / "model", device="cpu", compute_type="int8", threads=1, language=language)
    assert model._model.model.is_multilingual == shape.multilingual
    (heard,) = model.decode([Window(load("goal_1_rms"), (), 1)])
    assert set(heard.text.split()) <= set(re.findall(r"\w+", WORDS))
    assert model.decode([Window(load("goal_1_rms"), (), 1)]) == [heard]
    names = json.loads((tmp_path / "model" / "vocabulary.json").read_text())
    assert names[shape.text_tokens] == "<|endoftext|>"
