from pipeline.latency import MARKS, TurnMarks


def test_a_missing_mark_is_unknown_and_the_first_stamp_counts() -> None:
    marks = TurnMarks(speech_end=10.0)
    marks.stamp("endpoint", 10.5)
    marks.stamp("endpoint", 11.0)
    assert marks.milliseconds() == {mark: 500.0 if mark == "endpoint" else None for mark in MARKS}
