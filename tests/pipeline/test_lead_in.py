"""The silence before the first sound of a voice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.audio import Pcm, silence
from models.tts import Speech, WordMark
from pipeline.lead_in import KEPT, LONGEST, LeadIn

RATE = 1_000
TONE = np.full(400, 0.5, dtype=np.float32)


def pieces(pcm: Pcm, cuts: list[int]) -> list[Pcm]:
    return [each for each in np.split(pcm, sorted(cut % pcm.size for cut in cuts)) if each.size]


def times(piece: Speech) -> list[float]:
    return [at for word in piece.words or () for at in (word.start, word.end)]


@given(st.integers(0, 600), st.lists(st.integers(0, 999), max_size=5))
def test_a_voice_begins_at_once_however_it_is_cut_and_loses_no_sound(quiet: int, cuts: list[int]) -> None:
    lead_in = LeadIn(RATE)
    whole = np.concatenate((silence(quiet), TONE, silence(50), TONE))
    left = np.concatenate([lead_in.without(Speech(each)).pcm for each in pieces(whole, cuts)])
    longest, kept = round(LONGEST * RATE), round(KEPT * RATE)
    taken = whole.size - left.size
    assert np.array_equal(left, whole[taken:])
    # A cut of the pieces within what is kept may cost some of it, never a sound.
    assert quiet - kept <= taken <= quiet if quiet <= longest else taken == longest


def test_the_marks_of_words_move_with_the_sound() -> None:
    lead_in = LeadIn(RATE)
    first = lead_in.without(Speech(silence(100), (WordMark("early", 0.05, 0.15),)))
    then = lead_in.without(Speech(np.concatenate((silence(20), TONE)), (WordMark("go", 0.12, 0.3),)))
    later = lead_in.without(Speech(silence(40), (WordMark("on", 0.5, 0.6),)))
    assert times(first) == pytest.approx([0.0, 0.05])
    assert times(then) == pytest.approx([0.003, 0.183])
    assert times(later) == pytest.approx([0.383, 0.483]) and later.pcm.size == 40
    assert first.pcm.size == 0 and then.pcm.size == 403


def test_who_gives_no_marks_has_none_moved() -> None:
    assert LeadIn(RATE).without(Speech(TONE)).words is None
