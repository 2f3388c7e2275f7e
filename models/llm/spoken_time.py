"""What a spoken time looks like, for finding it in a sentence; what it means is decided elsewhere.

Where a time is expected, after a preposition or as the answer to "When?", a bare hour ("five") or length
("two weeks") is one too; elsewhere it is not. A deadline is a time that does not repeat: "three times a
week" is none.
"""

import difflib
import itertools
import re
from collections.abc import Collection
from functools import lru_cache
from typing import Final, Literal

_SMALL: Final = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_NUMBER: Final = (
    rf"(?:(?:twenty|thirty|forty|fifty)(?:[\s-](?:{_SMALL}))?|{_SMALL}|thirteen|fourteen|fifteen|sixteen|seventeen|"
    r"eighteen|nineteen|sixty|ninety|a\shundred|(?:a|the next)?\s?(?:couple|few)(?:\sof)?|several|half\san?|"
    r"an?\shalf|an?|\d{1,4}(?:\.\d)?)"
)
_ORDINAL: Final = (
    r"(?:(?:twenty|thirty)[\s-])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|tenth|eleventh|twelfth|"
    r"thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth|"
    r"\d{1,2}(?:st|nd|rd|th)"
)
_MONTH: Final = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
_DAY_NAME: Final = (
    r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tues?|wed|thurs?|fri)(?:'s|s)?(?!\w)"
)
_UNIT: Final = r"(?:second|sec|minute|min|hour|hr|day|weekday|week|weekend|fortnight|month|quarter|year|decade)s?"
_LENGTH: Final = rf"{_NUMBER}\s{_UNIT}(?:\sand\san?\s(?:half|quarter))?(?:\sand\s{_NUMBER}\s{_UNIT})?"
_HALVED_LENGTH: Final = rf"{_NUMBER}\sand\sa\shalf\s{_UNIT}"
_SPAN: Final = (
    rf"(?:{_HALVED_LENGTH}|(?:an?|three)\squarters?\sof\san\shour|half\shour|{_NUMBER}\s(?:to|or)\s{_LENGTH}|{_LENGTH})"
)
_DAYTIME: Final = r"(?:mornings?|afternoons?|evenings?|nights?|noon|lunch(?:\s?time)?|dinner\s?time|breakfast\stime)"
_SEASON: Final = r"(?:spring|summer|fall|autumn|winter)"
_HOLIDAY: Final = (
    r"(?:christmas|xmas|easter|thanksgiving|halloween|valentine'?s|new\syear'?s?)(?:\s(?:eve|day|sunday|monday))?"
)
_HOUR: Final = rf"(?:{_SMALL}|1\d|2[0-3]|0?\d)"
_DAY_HOUR: Final = rf"(?:{_HOUR}|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty)"
_MINUTES: Final = (
    r"(?:(?:twenty|thirty|forty|fifty)(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine))?|oh\s(?:[a-z]+)|"
    r"ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|[0-5]\d)"
)
_HALF: Final = r"(?:[ap]\.?\s?m\.?(?!\w)|in\sthe\s(?:morning|afternoon|evening)|at\snight|sharp)"
_MARKED_HOUR: Final = (
    rf"(?:{_DAY_HOUR}(?::|\.|\s){_MINUTES}(?:\s?{_HALF})?|\d{{3,4}}\s?{_HALF}|{_HOUR}\s?o['\s]?\s?clock(?:\s{_HALF})?|"
    rf"{_HOUR}\s?{_HALF}|(?:half|(?:a\s)?quarter|{_NUMBER}(?:\sminutes?)?)\s(?:past|to|till|before|after|of)\s{_HOUR}"
    rf"(?:\s?o['\s]?\s?clock)?(?:\s?{_HALF})?|(?:noon|midday|midnight))"
)
_AT: Final = r"(?:at|by|around|about|before|after|until|till|from|past)(?:\s(?:about|around|exactly))?"
# Recognition writes "at four" as "at for", and "in two hours" as "in to hours"; elsewhere those are no numbers.
_HEARD_HOUR: Final = rf"at\s(?:for|to|too)(?:\s?{_HALF}|(?=[\s,.!?]*$))"
_CLOCK: Final = rf"(?:(?:{_AT}\s)?{_MARKED_HOUR}|{_AT}\s{_HOUR}(?!\s?{_UNIT}(?!\w))|{_HEARD_HOUR})"
_BARE_HOUR: Final = rf"{_HOUR}(?!\s?{_UNIT}(?!\w))"
_WHICH: Final = r"(?:this\scoming|next|this|coming|the\sfollowing|the\snext|the\scoming|following)"
_DATE_PREPOSITION: Final = r"(?:on|by|in|at|before|until|till|for|during|around|over|from|starting(?:\son)?|after)"
_OF_MONTH: Final = rf"of\s(?:the\s|next\s|this\s|every\s|each\s)?(?:month|{_MONTH})"
_NTH_DAY: Final = rf"(?:first|second|third|fourth|last)\s{_DAY_NAME}\s{_OF_MONTH}"
_RECURRENCE: Final = (
    rf"every\s(?:{_NTH_DAY}|{_MONTH}\s(?:the\s)?{_ORDINAL}|(?:half|quarter)\shour|{_ORDINAL}(?:\s{_OF_MONTH})?(?!\s\w*day))|"
    rf"(?:(?:every\sday\s)?from\s)?{_DAY_NAME}\s(?:to|through)\s{_DAY_NAME}|"
    rf"(?:every|each)(?:\s(?:other|single|second|third|{_NUMBER}|{_ORDINAL}))?\s(?:{_DAY_NAME}|{_DAYTIME}|{_UNIT}|{_MONTH})"
    rf"(?:(?:\s|,\s)(?:and\s)?(?:{_DAY_NAME}))*(?:\s{_DAYTIME})?|daily|weekly|monthly|hourly|yearly|annually|"
    rf"(?:once|twice|{_NUMBER}\stimes)\s(?:a|an|per|every)\s(?:{_UNIT})"
)
_EDGE: Final = (
    rf"(?:the\s)?(?:very\s)?(?:end|beginning|start|middle|first(?:\sday)?|last\sday)\sof\s(?:the\s|each\s|every\s)?"
    rf"(?:(?:next|this)\s)?(?:day|week|month|quarter|year|{_SEASON}|{_MONTH})(?:\s\d{{4}})?"
)
_DATE: Final = (
    rf"(?:the\s)?day\safter\s(?:tomorrow|{_DAY_NAME})|today|tonight|tomorrow|later(?:\s(?:today|tonight|this\s{_DAYTIME}))?|soon|yesterday|"
    rf"first\sthing(?:\stomorrow|\sin\sthe)?(?:\smorning)?|(?:right\s)?now|sometime\s(?:today|tomorrow)|the\s{_NTH_DAY}|mid[\s-]{_MONTH}|"
    rf"(?:{_WHICH}\s)?{_DAY_NAME}(?:\s(?:and|or)\s{_DAY_NAME})?(?:\s(?:of\s)?(?:next|this)\sweek|\sweek)?|"
    rf"{_WHICH}\s(?:{_DAYTIME}|{_UNIT}|{_SEASON}|{_MONTH}|{_HOLIDAY})|"
    rf"(?:(?:a|one|two|three)\sweeks?|(?:a|one|two|three)\sdays?)\s(?:from|after|before)\s"
    rf"(?:{_DAY_NAME}|today|tomorrow|now|{_HOLIDAY})|"
    rf"{_SPAN}\sfrom\s(?:now|today|tomorrow)|{_EDGE}|"
    rf"the\s(?:{_ORDINAL})(?:\sof\s(?:{_MONTH}|next\smonth|this\smonth|every\smonth|each\smonth|the\smonth))?|"
    rf"(?:{_ORDINAL})\sof\s{_MONTH}|"
    rf"{_MONTH}\s(?:the\s)?(?:{_ORDINAL}|\d{{1,2}}(?!\d)|{_NUMBER})(?:,?\s(?:\d{{4}}|twenty\s(?:twenty|thirty)(?:\s(?:{_SMALL}))?))?|\d{{1,2}}\s{_MONTH}(?:\s\d{{4}})?|"
    rf"{_HOLIDAY}|\d{{4}}-\d\d-\d\d(?:[t\s]\d\d:\d\d(?::\d\d)?(?:z|[+-]\d\d:?\d\d)?)?|\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?|"
    r"(?:the\s|this\s|next\s)weekend"
)
# Words that name a date only behind a preposition: "in May", "by summer", "in the evening".
_LED_DATE: Final = (
    rf"(?:in|within|after|over(?:\sthe\snext)?|for\sthe\snext)\s(?:the\snext\s)?{_SPAN}(?:'s?\stime)?|"
    rf"in\s(?:to|too|for)\s(?:minutes|hours|days|weeks|months|years)|"
    rf"(?:in|on|at|by|during|over)\s(?:the\s|this\s|next\s)?(?:{_DAYTIME}|{_SEASON}|weekends?|weekdays?)(?!\w)|"
    rf"(?:in|by|before|until|till|next|this)\s(?:{_MONTH}|{_SEASON}|20\d\d)(?!\w)(?:\s20\d\d)?|"
    r"(?:after|before|at|during)\s(?:work|school|class|church|lunch|dinner|breakfast|supper|bedtime|sunset|sunrise|dawn|dusk)"
)
_LAX_DATE: Final = (
    rf"{_MONTH}(?:\s20\d\d)?|{_SEASON}|20\d\d|{_ORDINAL}|(?:the\s)?{_DAYTIME}|weekends?|weekdays?|"
    rf"(?:about\s|around\s|roughly\s)?{_SPAN}"
)


_LONE_HOUR: Final = rf"{_HOUR}(?=[\s,.!?]*$)"


def _phrase(date: str, lead: str) -> str:
    """Chain parts of a time: a part, then more of the unambiguous ones ("tomorrow", "at noon")."""
    clock = rf"(?:starting\s)?(?:{_LED_DATE}|{_CLOCK})"
    part = rf"(?:(?:{_DATE_PREPOSITION}\s)?(?:{date})|{clock}|{_DAYTIME}|{_LONE_HOUR})"
    first = rf"(?:{lead}(?:{_DATE_PREPOSITION}\s)?(?:{date})|{_LED_DATE}|{_CLOCK})"
    return rf"(?<!\w){first}(?!\w)(?:[,\s]+(?:and\s)?{part}(?!\w)){{0,5}}"


_EXPECTED: Final = rf"(?:{_DATE_PREPOSITION}\s)?(?:(?:{_LAX_DATE})(?!\w)|{_BARE_HOUR}(?!\w))|"

_ANY_DATE: Final = f"{_RECURRENCE}|{_DATE}"
_LOOSE: Final = _phrase(_ANY_DATE, _EXPECTED)
_STRICT_PATTERN: Final = re.compile(_phrase(_ANY_DATE, ""), re.IGNORECASE)
_LOOSE_PATTERN: Final = re.compile(_LOOSE, re.IGNORECASE)
_LOOSE_WHOLE: Final = re.compile(rf"[\W_]*(?P<time>{_LOOSE})[\W_]*", re.IGNORECASE)
_CLOCK_PATTERN: Final = re.compile(rf"(?<!\w)(?:{_CLOCK}|{_BARE_HOUR}(?=\W*$))(?!\w)", re.IGNORECASE)
_CLOCK_WHOLE: Final = re.compile(rf"(?:{_CLOCK}|{_BARE_HOUR})(?:\s{_HALF})?|(?:in\sthe|at)\s{_DAYTIME}", re.IGNORECASE)
_DAYS: Final = re.compile(rf"(?:(?:{_DATE_PREPOSITION}\s)?(?:{_ANY_DATE})(?:,?\s|$))+", re.IGNORECASE)
_REPEATS: Final = re.compile(rf"(?<!\w)(?:{_RECURRENCE})(?!\w)", re.IGNORECASE)
_SPAN_WHOLE: Final = re.compile(_SPAN, re.IGNORECASE)
_LED_SPAN: Final = re.compile(rf"(in|within|after)\s{_SPAN}", re.IGNORECASE)
# The two answers to "Is that midnight at the start or at the end of the day?"
_MIDNIGHT_SIDE: Final = re.compile(
    r"(?:at\s)?(?:the\s)?(?:(?P<end>end)|start|beginning)\sof\s(?:the|that)\sday", re.IGNORECASE
)
_HOLIDAY_WHOLE: Final = re.compile(_HOLIDAY, re.IGNORECASE)  # may well be what a task is about
_LONE_DETERMINER: Final = re.compile(rf"{_WHICH}|the|every|each|an?|{_DATE_PREPOSITION}", re.IGNORECASE)
_LONG_WORD: Final = re.compile(r"(?<!\w)[a-zA-Z]{6,11}(?!\w)")
_DAY_WORDS: Final = (
    "tomorrow", "tonight", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "weekend",
)  # fmt: skip
_WORD_START: Final = re.compile(r"(?<!\w)\w")
# Patterns try every pair of an opening and what else stands around it; nobody says so many times in a breath.
_MOST_STARTS: Final = 16

MarkKind = tuple[Literal["time", "deadline"], bool]
"""A kind of slot, and whether a time is expected in its place."""

# Marks are control characters that no text holds and no pattern takes for space. A set of characters beyond Latin-1
# would take twice as long to compile, and a template holds dozens of them.
MARKS: Final[dict[MarkKind, tuple[str, str, re.Pattern[str]]]] = {
    ("time", False): ("\x86", "\x87", _STRICT_PATTERN),
    ("time", True): ("\x88", "\x89", _LOOSE_PATTERN),
    ("deadline", False): ("\x8a", "\x8b", re.compile(_phrase(_DATE, ""), re.IGNORECASE)),
    ("deadline", True): ("\x8c", "\x8d", re.compile(_phrase(_DATE, _EXPECTED), re.IGNORECASE)),
}
"""What opens and closes a time in a marked text, and what a time looks like there."""

_TAGS: Final = "\x8e\x8f\x90\x91\x92\x93\x94\x95\x96\x97\x98\x99\x9a\x9b\x9c\x9d"
TAG: Final = f"[{_TAGS[0]}-{_TAGS[-1]}]"
"""Stands behind an opening and before the closing where that time ends: times overlap, and may lie in each other."""

MARK: Final = f"[\x86-{_TAGS[-1]}]"


def marked(text: str, kinds: Collection[MarkKind]) -> str:
    """Return `text` with every time of these kinds between marks: patterns of sentences need not know what a time is.

    A time opens at each word where one can start ("by next summer", "next summer"), for a template may
    hold the word before it itself. A text with more than `_MOST_STARTS` such words is returned without marks.
    """
    inserts: dict[int, list[str]] = {}
    starts = [match.start() for match in _WORD_START.finditer(text)]
    for opening, closing, pattern in map(MARKS.__getitem__, kinds):
        matches = (match for start in starts if (match := pattern.match(text, start)))
        found = [match.span() for match in itertools.islice(matches, _MOST_STARTS + 1)]
        if len(found) > _MOST_STARTS:
            return text
        ends: dict[int, str] = {}
        for start, end in found:
            tag = ends.setdefault(end, _TAGS[len(ends) % len(_TAGS)])
            inserts.setdefault(start, []).append(opening + tag)
        for end, tag in ends.items():
            inserts.setdefault(end, []).insert(0, tag + closing)
    pieces = []
    last = 0
    for place in sorted(inserts):
        pieces += [text[last:place], *inserts[place]]
        last = place
    return "".join(pieces) + text[last:]


def spelled(text: str) -> str:
    """Return `text` with misspelled names of days put right ("tomorow", "wendesday")."""
    return _LONG_WORD.sub(_respelled, text)


@lru_cache(maxsize=2_000)
def _day_like(word: str) -> str | None:
    if any(word.startswith(day) for day in _DAY_WORDS):
        return None
    return next(iter(difflib.get_close_matches(word, _DAY_WORDS, 1, 0.85)), None)


def _respelled(match: re.Match[str]) -> str:
    return _day_like(match.group().casefold()) or match.group()


def unmarked(text: str) -> str:
    """Remove the marks."""
    return re.sub(MARK, "", text)


def time_in(text: str) -> str | None:
    """Return the time in an answer: all of `text` if it looks like one, else the only one within it.

    "Friday or Monday" is no time.
    """
    if whole := _LOOSE_WHOLE.fullmatch(text):
        return whole["time"]
    found = [match.group() for match in itertools.islice(_STRICT_PATTERN.finditer(text), 2)]
    return found[0] if len(found) == 1 else None


def is_time(text: str) -> bool:
    """Tell whether all of `text` looks like a time where one is expected."""
    return _LOOSE_WHOLE.fullmatch(text) is not None


def names_nothing(text: str) -> bool:
    """Tell whether `text` is no name of a thing, but a time ("tomorrow") or a word that wants another ("next")."""
    if _LONE_DETERMINER.fullmatch(text):
        return True
    return _STRICT_PATTERN.fullmatch(text) is not None and not _HOLIDAY_WHOLE.fullmatch(text)


def repeats(text: str) -> bool:
    """Tell whether a time repeats."""
    return _REPEATS.search(text) is not None


def from_now(text: str) -> str:
    """Return a time with "in" before it where it is a mere length: "two hours"."""
    return f"in {text}" if _SPAN_WHOLE.fullmatch(text) else text


def amended(old: str, new: str) -> str:
    """Return the time meant by correcting `old` to `new`: "no, Friday" keeps the hour, "no, at five" the day."""
    if (side := _MIDNIGHT_SIDE.fullmatch(new)) and re.search(r"(?i)\bmidnight\b", old):
        new = "at 11:59 pm" if side["end"] else "at 12 am"
    if _SPAN_WHOLE.fullmatch(new) and (lead := _LED_SPAN.match(old)):
        return f"{lead[1]} {new}"
    if _CLOCK_WHOLE.fullmatch(new):
        at = new if re.match(rf"(?:{_AT}|in|on)\s", new, re.IGNORECASE) or not re.match(r"\w+$", new) else f"at {new}"
        day = " ".join(_CLOCK_PATTERN.sub(" ", old).split())
        return f"{day} {at}" if day and _DAYS.fullmatch(day) else new
    if _DAYS.fullmatch(new) and (clock := _CLOCK_PATTERN.search(old)) and _DAYS.match(old):
        return f"{new} {clock.group()}"
    return new
