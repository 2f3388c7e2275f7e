"""Whether the words so far are a finished thought: a pure reading of English text, with no audio and no time."""

import re
from datetime import UTC, datetime, time
from enum import Enum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from intents.when import NotUnderstood, horizon, understand
from pipeline.dictation import dictated
from pipeline.expectation import Expected


class Completeness(Enum):
    """How finished a thought is, from words alone."""

    OPEN = "the words ask for more: “remind me to”, “on the”, “five five five”"
    UNSURE = "too few words to tell, or none"
    WANTING = "its time or its hour may still follow: “remind me to call mom”, “on Monday” where a time was asked for"
    WHOLE = "it can end here, and can go on: “call mom on Friday”"
    DONE = "nothing is missing: the answer that was asked for, a question, or a sentence up to its time"


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_WORDS: Final = re.compile(r"[a-z0-9]+(?:[':.][a-z0-9]+)*")
_UNFINISHED: Final = re.compile(r"(?:,|…|\.\.\.|[-–—])\s*$")  # noqa: RUF001
_FILLERS: Final = _set("um uh er erm hmm mm well so like")
# Words that English does not end on, or hardly ever; "that", "it", "you", "before" and "in" may well be the last.
_DANGLING: Final = _set(
    """
    a an the my your his her its our their these those some any every each another no
    to of at by for from with without into onto during until till than as past about on
    and or but because if when while which whose where
    i we he she they i'm i'll i'd i've we're we'll let's it's that's there's
    is are am was were be been will would can could should shall may might must has had not don't
    next last half very really please
    """
)
_LAST_AFTER: Final = {
    "on": _set("go hold hang going come"),
    "no": _set("oh"),
    "about": _set("it that this what forget"),
    "can": _set("i you we"),
    "next": _set("comes is what's"),
    "last": _set("the"),
    "is": _set("it that this"),
}
_OPENINGS: Final = re.compile(
    r"(?:remind me|(?:i|we) (?:want|need|have)|(?:i'd|i would|would) like|my goal|my (?:\w+ )?number|you can|"
    r"by the end|the day after|the end|half an|(?:can|could|would|will) you(?: please)?|what about|how about)$"
)
_TRANSITIVE: Final = _set(
    """
    remind call buy pay send get take move reschedule push postpone add create make learn save visit bring tell ask
    set put give want need return renew feed book schedule finish find see write read meet clean wash pick
    """
)
_BEFORE_A_VERB: Final = _set("to please and then will")
_REQUEST: Final = re.compile(
    r"(?:(?:please|can you|could you|would you|um|uh|well|so|and|also) )*"
    r"(?:remind me|(?:add|create|set|make) (?:a|an|another) (?:new )?(?:task|reminder|alarm|goal)|"
    r"move|reschedule|push|postpone|schedule|(?:i|we) (?:want|need|have|would like) to|i'd like to|my goal is)\b"
)
_TIMED: Final = re.compile(
    r"\b(?:today|tonight|tomorrow|\w+day|weekend|week|months?|years?|noon|midnight|morning|afternoon|evening|hours?|"
    r"minutes?|o'clock|spring|summer|autumn|winter|christmas|easter|by the end|"
    r"(?:when|once|as soon as|every time) (?:i|we)|"
    r"at (?:half|quarter|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[0-9]+))\b"
)
_CLOSED: Final = re.compile(
    r"(?:(?:no|yes|okay|ok) )?(?:thanks|thank you)(?: very much| so much)?|(?:good ?bye|bye)(?: bye)?|never ?mind|"
    r"cancel(?: (?:that|it|this))?|stop(?: (?:it|that|stop))*|help|that(?:'s| is) (?:all|it)(?: for (?:now|today))?|"
    r"(?:can you |could you |please )*(?:repeat|say) that(?: again| please)*|"
    r"(?:hello|hi|hey)(?: there)?|good (?:morning|afternoon|evening|night)|see you(?: \w+)?"
)
# "when i get home" and "what you said" are no questions: their subject comes before the verb.
_QUESTION: Final = re.compile(
    r"(?:(?:and|so|well|okay|tell me) )*(?:(?:what|who|where|when|why|how|which)(?:'s)? (?!(?:i|we|he|she|they|you)\b)|"
    r"(?:is|are) there |(?:do|did|am) i )\w+ .*"
)
_PERIODS: Final = _set("month months year years spring summer autumn winter")
_YES_OR_NO: Final = re.compile(
    r"(?:(?:oh|um|uh|well) )*(?:yes|yeah|yep|yup|sure|okay|ok|right|correct|exactly|no|nope|nah|definitely|of course)"
    r"(?: (?:yes|no|please|thanks|thank you|sure|that's right|that's fine|it is|i do|i did|it does|do it))*"
)
_NUMBERS: Final = _set("one two three four five six seven eight nine ten eleven twelve")
_LONGEST_TIME: Final = 8
# Any moment will do: it is asked whether words are a time, not which.
_NOW: Final = datetime(2024, 1, 1, 0, 1, tzinfo=UTC)
_ZONE: Final = ZoneInfo("UTC")
_ONE_HOUR, _OTHER_HOUR = time(9), time(10, 7)


def completeness(text: str, expected: Expected | None = None) -> Completeness:
    """Judge a transcript so far; `expected` is what the agent has just asked for."""
    words = tuple(_WORDS.findall(text.lower().replace("’", "'")))  # noqa: RUF001
    if not words:
        return Completeness.UNSURE
    if words[-1] in _FILLERS or _UNFINISHED.search(text):
        return Completeness.OPEN
    if words[-1] == "please" and len(words) > 1:  # what is asked for politely is asked for
        rest = completeness(text[: text.lower().rindex("please")].rstrip(" ,"), expected)
        return Completeness.WHOLE if rest is Completeness.UNSURE else rest
    if (digits := dictated(words, expected=expected == "number")) is not None:
        return Completeness.DONE if digits else Completeness.OPEN
    said = " ".join(words)
    if _CLOSED.fullmatch(said):
        return Completeness.DONE
    if _YES_OR_NO.fullmatch(said):
        return Completeness.DONE if expected == "yes or no" else Completeness.WHOLE
    if _dangles(words, said):
        return Completeness.OPEN
    if _QUESTION.fullmatch(said):
        return Completeness.DONE
    if (exact := _ends_in_time(words)) is not None:
        whole_answer = expected == "time" or len(words) > _LONGEST_TIME // 2
        if exact and whole_answer:
            return Completeness.DONE
        return Completeness.WANTING if expected == "time" else Completeness.WHOLE
    if expected == "number" and len(words) > 1:
        return Completeness.OPEN  # digits that were misheard are likelier than an answer without any
    if _REQUEST.match(said) and not _TIMED.search(said):
        return Completeness.WANTING
    return Completeness.WHOLE if len(words) > 2 or expected == "words" else Completeness.UNSURE


def _dangles(words: tuple[str, ...], said: str) -> bool:
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last in _DANGLING:
        return before not in _LAST_AFTER.get(last, ())
    if last in _TRANSITIVE:
        return len(words) == 1 or before in _BEFORE_A_VERB
    if last == "up":  # "pick up", "to get up": only the first wants an object
        return before == "pick"
    return _OPENINGS.search(said) is not None


def _ends_in_time(words: tuple[str, ...]) -> bool | None:
    """Tell whether the words end in a time, None if not: True where no hour can follow, False for a bare day."""
    for length in range(min(len(words), _LONGEST_TIME), 0, -1):
        exact = _time(" ".join(words[-length:]))
        # "five" behind other words may be five apples.
        if exact is not None and (length > 1 or len(words) == 1 or words[-1] not in _NUMBERS):
            return exact or words[-1] in _PERIODS
    return None


@lru_cache(maxsize=2_000)
def _time(words: str) -> bool | None:
    try:
        one, other = (understand(words, _NOW, _ZONE, usual).at for usual in (_ONE_HOUR, _OTHER_HOUR))
    except NotUnderstood:
        return None if horizon(words, _NOW, _ZONE) is None else True
    # A day without an hour is as exact as the hour that is assumed for it.
    return one == other
