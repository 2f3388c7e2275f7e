"""A small trained Whisper hears words: through faster-whisper as in a call, with Flux's vocabulary before it."""

import json
import re
from collections.abc import AsyncIterator
from itertools import islice

import jiwer
import pytest
import pytest_asyncio
import tokenizers

from intents.agent import load_agent
from models.audio import Pcm
from models.stt import Transcript
from tests.models.stt_contract import SpeechToTextContract, feed, said, words
from tests.models.test_gates import tone
from tests.speech import SENTENCES
from tests.weights import WHISPER_WORDS

pytest.importorskip("faster_whisper", reason="no faster-whisper: pip install -r requirements-engines.lock")

from models.recipes.whisper_tokenizer import build_tokenizer
from models.recipes.whisper_words.sentences import (
    HeldBack,
    draw,
    held_back_sentences,
    plain_words,
    training_sentences,
    vocabulary,
    written_texts,
)
from models.stt.whisper import WhisperEngine

needs_weights = pytest.mark.skipif(
    not (WHISPER_WORDS / "model.bin").is_file(),
    reason="no trained weights yet: python -m models.recipes.whisper_words --help",
)
TEST_TEXTS = sorted({sentence.text for sentence in SENTENCES.values() if sentence.text})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[WhisperEngine]:
    engine = WhisperEngine(WHISPER_WORDS, threads=2)
    await engine.warm()
    yield engine
    await engine.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prompted() -> AsyncIterator[WhisperEngine]:
    engine = WhisperEngine(WHISPER_WORDS, load_agent("flux").vocabulary, threads=2)
    await engine.warm()
    yield engine
    await engine.close()


async def heard(engine: WhisperEngine, name: str) -> Transcript:
    stream = engine.open()
    feed(stream, name)
    final = await stream.finish()
    await stream.close()
    return final


async def word_error_rate(engine: WhisperEngine, voice: str) -> float:
    """Return the share of words that are wrong, gone or made up, over all sentences of a voice."""
    names = [name for name, sentence in SENTENCES.items() if sentence.voice == voice]
    assert len(names) > 30
    finals = [" ".join(words(await heard(engine, name))) for name in names]
    return float(jiwer.wer([" ".join(said(name)) for name in names], finals))


@needs_weights
@pytest.mark.asyncio(loop_scope="module")
class TestWhisperWords(SpeechToTextContract):
    @pytest.mark.parametrize("voice", ["rms", "slt"])
    async def test_few_words_are_misheard(self, engine: WhisperEngine, voice: str) -> None:
        assert await word_error_rate(engine, voice) < 0.12

    @pytest.mark.parametrize("voice", ["rms", "slt"])
    async def test_the_agents_vocabulary_before_it_confuses_it_little(
        self, prompted: WhisperEngine, voice: str
    ) -> None:
        # Large models gain by it; one of three million parameters takes some of it for what it hears.
        assert await word_error_rate(prompted, voice) < 0.22

    @pytest.mark.parametrize("name", [name for name, sentence in SENTENCES.items() if not sentence.text])
    async def test_noise_is_no_word(self, engine: WhisperEngine, name: str) -> None:
        assert (await heard(engine, name)).text == ""

    @pytest.mark.parametrize("sound", [tone(50.0, 100.0, 150.0), tone(261.6, 329.6, 392.0)], ids=["hum", "chord"])
    async def test_tones_are_no_word(self, engine: WhisperEngine, sound: Pcm) -> None:
        stream = engine.open()
        stream.feed(sound)
        assert (await stream.finish()).text == ""
        await stream.close()

    async def test_a_sentence_is_written_as_one(self, engine: WhisperEngine) -> None:
        final = await heard(engine, "task_4_rms")
        assert final.text == "Remind me to pay the rent on Friday at nine."
        assert final.confidence is not None and final.confidence > 0.5


@needs_weights
def test_the_weights_are_small_and_tell_how_they_were_made() -> None:
    assert sum(path.stat().st_size for path in WHISPER_WORDS.iterdir()) < 10e6
    made = json.loads((WHISPER_WORDS / "made.json").read_text())
    assert made["licence"] == "Apache-2.0"
    scores = {score["group"]: score for score in made["scores"]}
    assert {"held-back sentences", "test clips, rms", "test clips, slt"} <= scores.keys()
    assert scores["held-back sentences"]["clips"] == 200


@needs_weights
def test_the_tokenizer_of_the_weights_knows_nearly_each_word_whole() -> None:
    tokenizer = tokenizers.Tokenizer.from_file(str(WHISPER_WORDS / "tokenizer.json"))
    apart = [word for word in vocabulary() if "'" not in word and len(tokenizer.encode(f" {word}").ids) != 1]
    # "o'clock" makes "cl" a token that is joined before them.
    assert apart == ["article", "uncle"]
    # faster-whisper forbids the first token of each.
    assert all(len(tokenizer.encode(text).ids) == 1 for text in (" -", " '", " ♪"))


def test_one_seed_gives_one_set_of_sentences() -> None:
    first, again, other = ([one.text for one in islice(draw(seed), 50)] for seed in (1, 1, 2))
    assert first == again != other


def test_what_is_held_back_is_not_learnt() -> None:
    held = held_back_sentences(200, 1)
    kept_out = HeldBack([*held, *TEST_TEXTS])
    sentences = training_sentences(9000, 1, kept_out)
    learnt = {plain_words(sentence.text) for sentence in sentences}
    assert len(learnt) == len(sentences) == 9000
    assert len({plain_words(text) for text in held}) == 200
    assert not learnt & {plain_words(text) for text in (*held, *TEST_TEXTS)}
    # Without it, some would be.
    free = {plain_words(sentence.text) for sentence in training_sentences(9000, 1, HeldBack(()))}
    assert free & {plain_words(text) for text in (*held, *TEST_TEXTS)}


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("remind me to call Mom tomorrow at noon!", True),
        ("Please remind me to call mom tomorrow at noon.", True),
        ("Remind me to call mom tomorrow.", False),
        ("Yes", True),
        ("Yes, tomorrow.", False),
    ],
)
def test_a_long_sentence_is_held_back_even_as_a_part(text: str, held: bool) -> None:
    assert HeldBack(["Remind me to call mom tomorrow at noon", "Yes."]).holds(text) is held


def test_sentences_are_written_as_sentences() -> None:
    known = {word.lower().removesuffix("'s") for word in vocabulary()} | {"an"}
    for sentence in islice(draw(3), 2000):
        assert re.fullmatch(r"[A-Z][A-Za-z' ,.]*[.?]", sentence.text), sentence
        assert {word.removesuffix("'s") for word in plain_words(sentence.text)} <= known, sentence


def test_every_word_of_the_test_speech_can_be_learnt() -> None:
    known = {word.lower() for word in vocabulary()}
    assert {word for text in TEST_TEXTS for word in plain_words(text)} <= known


def test_the_tokenizer_is_as_large_as_its_words_need() -> None:
    tokenizer = build_tokenizer(written_texts(training_sentences(100, 1, HeldBack(()))), None)
    assert not [token for token in tokenizer.get_vocab() if "unused" in token]
    text = " Remind me to feed the neighbor's cat, and to call John."
    assert tokenizer.decode(tokenizer.encode(text).ids) == text
