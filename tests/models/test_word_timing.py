from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.audio import silence
from models.tts.spoken_text import spoken
from models.tts.word_timing import Sound, estimated, marks, sounds, spans

RATE = 1000


def test_sounds_are_the_phonemes_between_spaces_without_pauses() -> None:
    phonemes = list("\u02c8a\u026a, do\u028a.")
    assert sounds(phonemes, [10] * len(phonemes), first=5) == [Sound(5, 35, 2), Sound(55, 85, 3)]


def test_a_pause_has_no_sound() -> None:
    assert sounds(list(". a"), [10, 10, 10]) == [Sound(20, 30, 1)]
    assert sounds([], []) == []


def test_as_many_words_as_sounds_are_one_with_one() -> None:
    assert spans(["call", "mom"], [Sound(0, 40, 3), Sound(50, 80, 3)]) == [(0, 40), (50, 80)]


def test_words_said_as_one_share_its_time_by_their_letters() -> None:
    # espeak-ng says "did not" as one.
    heard = [Sound(0, 10, 2), Sound(10, 70, 7), Sound(80, 120, 9)]
    assert spans(["I", "did", "not", "understand"], heard) == [(0, 10), (10, 40), (40, 70), (80, 120)]


def test_a_word_said_as_several_sounds_has_the_time_of_all() -> None:
    heard = [Sound(0, 10, 2), Sound(10, 20, 3), Sound(20, 30, 3), Sound(30, 40, 3), Sound(40, 50, 5)]
    assert spans(["it", "wwwwwwww", "again"], heard) == [(0, 10), (10, 40), (40, 50)]


def test_nothing_heard_has_no_time() -> None:
    assert spans(["one"], []) == [(0.0, 0.0)]
    assert spans([], [Sound(0, 1, 1)]) == []


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=12), max_size=40), st.lists(st.integers(1, 12), max_size=40))
def test_words_are_heard_one_after_the_other(words: list[str], sizes: list[int]) -> None:
    ends = np.cumsum([0, *sizes]).tolist()
    heard = [Sound(start, end, end - start) for start, end in pairwise(ends)]
    found = spans(words, heard)
    assert len(found) == len(words)
    if heard and words:
        assert found[0][0] == 0 and found[-1][1] == ends[-1]
    assert all(start <= end for start, end in found)
    assert all(one[1] <= other[0] + 1e-6 for one, other in pairwise(found))


def test_each_written_word_of_what_is_said_together_has_a_share() -> None:
    text = "at 3 p.m. on **Friday**"
    tokens = spoken(text)
    heard = [Sound(at * 100, at * 100 + 100, 4) for at in range(5)]  # at three PM on Friday
    made = marks(text, tokens, heard, RATE, offset=1000)
    assert [(mark.text, mark.start, mark.end) for mark in made] == [
        ("at", 1.0, 1.1),
        ("3", 1.1, 1.15),
        ("p.m", 1.15, 1.3),
        ("on", 1.3, 1.4),
        ("Friday", 1.4, 1.5),
    ]


def test_guessed_lengths_fill_what_is_loud() -> None:
    pcm = silence(1000)
    pcm[200:900] = 0.5
    phonemes = list("hello. ")
    first, lengths = estimated(phonemes, pcm)
    assert first == 200 and round(sum(lengths)) == 700
    assert lengths[-2:] == [0.0, 0.0] and lengths[1] > lengths[0]


def test_silence_has_no_words() -> None:
    first, lengths = estimated(["a"], silence(0))
    assert first == 0 and sum(lengths) == 0
    assert marks("a", spoken("a"), sounds(["a"], lengths), RATE) == []
