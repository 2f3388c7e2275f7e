import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.tts import Speech, WordMark
from pipeline.events import AgentStartedSpeaking, AgentStoppedSpeaking, Event, PhraseFinished, PhraseProgress
from pipeline.speaker import Speaker

RATE = 1000


def a_speaker() -> tuple[Speaker, list[Event]]:
    events: list[Event] = []
    return Speaker(RATE, events.append), events


def say(speaker: Speaker, text: str, heard: list[str], word_samples: int = 100, marks: bool = True) -> None:
    segment = speaker.queue(text, heard.append)
    assert segment is not None
    for number, word in enumerate(text.split()):
        start = number * word_samples / RATE
        words = (WordMark(word, start, start + word_samples / RATE),) if marks else None
        speaker.add(segment, Speech(np.full(word_samples, 0.5, dtype=np.float32), words))
    speaker.complete(segment)


def test_all_of_a_phrase_is_heard_when_its_last_sample_was_handed_out() -> None:
    speaker, events = a_speaker()
    heard: list[str] = []
    say(speaker, "one two", heard)
    assert np.count_nonzero(speaker.read(150)) == 150 and heard == []
    assert np.count_nonzero(speaker.read(150)) == 50 and heard == ["one two"]
    assert [type(e) for e in events if isinstance(e, AgentStartedSpeaking | AgentStoppedSpeaking)] == [
        AgentStartedSpeaking,
        AgentStoppedSpeaking,
    ]
    assert [(e.heard, e.remaining) for e in events if isinstance(e, PhraseProgress)] == [
        ("one", "two"),
        ("one two", ""),
    ]


def test_a_cut_reports_the_words_that_were_heard_and_falls_silent_within_the_fade() -> None:
    speaker, events = a_speaker()
    heard: list[str] = []
    say(speaker, "one, two three.", heard)
    say(speaker, "four", heard)
    speaker.read(170)
    speaker.cut()
    assert heard == ["one, two", ""]
    assert np.count_nonzero(speaker.read(100)) <= 5
    assert speaker.idle and [e.interrupted for e in events if isinstance(e, PhraseFinished)] == [True, True]


def test_without_word_marks_the_heard_share_is_estimated_in_whole_words() -> None:
    speaker, _ = a_speaker()
    heard: list[str] = []
    say(speaker, "one two three four", heard, marks=False)
    speaker.read(210)
    speaker.cut()
    assert heard == ["one two"]


def test_late_audio_of_a_cut_phrase_is_not_spoken() -> None:
    speaker, _ = a_speaker()
    segment = speaker.queue("late", lambda _: None)
    assert segment is not None
    speaker.cut()
    speaker.add(segment, Speech(np.ones(100, dtype=np.float32)))
    speaker.read(1)
    assert not speaker.read(100).any()


def test_an_unspoken_phrase_is_heard_at_once() -> None:
    speaker, _ = a_speaker()
    heard: list[str] = []
    assert speaker.queue("shown", heard.append, spoken=False) is None
    assert heard == ["shown"]


@given(st.lists(st.one_of(st.integers(1, 120), st.sampled_from(["hold", "release"])), max_size=40))
def test_holding_and_releasing_loses_and_repeats_nothing(steps: list[int | str]) -> None:
    speaker, _ = a_speaker()
    heard: list[str] = []
    segment = speaker.queue("ramp", heard.append)
    assert segment is not None
    ramp = np.arange(1, 501, dtype=np.float32)
    speaker.add(segment, Speech(ramp))
    speaker.complete(segment)
    out: list[float] = []
    held = False
    for step in steps:
        if isinstance(step, int):
            frame = speaker.read(step)
            if not held:
                out.extend(frame[frame != 0])
        else:
            held = step == "hold"
            speaker.hold() if held else speaker.release()
    speaker.release()
    frame = speaker.read(1000)
    frame = speaker.read(1000) if not frame.any() else frame
    out.extend(frame[frame != 0])
    assert out == list(ramp)
    assert heard == ["ramp"]


def test_a_hold_that_is_repeated_before_the_next_frame_still_fades() -> None:
    speaker, events = a_speaker()
    say(speaker, "one two", [])
    speaker.read(50)
    speaker.hold()
    speaker.hold()
    faded = speaker.read(20)
    assert 0 < np.count_nonzero(faded) <= 5 and not speaker.read(20).any()
    assert len([event for event in events if isinstance(event, AgentStoppedSpeaking)]) == 1


def test_who_is_held_midway_keeps_the_word_until_all_is_cut() -> None:
    speaker, _ = a_speaker()
    say(speaker, "one two", [])
    speaker.hold()
    assert not speaker.has_word, "it had not begun"
    speaker.release()
    speaker.read(50)
    speaker.hold()
    assert speaker.has_word and not speaker.speaking
    speaker.release()
    speaker.read(10)
    speaker.hold()
    speaker.cut()
    assert not speaker.has_word
