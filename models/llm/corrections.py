"""What remains of an answer, a request or a correction without the words around it."""

import itertools
import re
from collections.abc import Iterator
from typing import Final

# Matched words with the separators behind them, as often as they come.
_AGAIN: Final = r"(?!\w)[\s,.!;]*)+"
_POLITE_LEAD: Final = re.compile(
    r"(?:(?:um+|uh+|er+|hmm+|well|ok(?:ay)?|alright|all right|so|now|and|then|also|oh|hey|hi|hello|yes|yeah|please|"
    r"just|good (?:morning|afternoon|evening)|listen|(?:can|could|would|will) you(?: please| kindly)?|"
    r"would you mind|i(?:'d| would) like you to|i (?:want|need) you to|i think|i guess|maybe|perhaps)" + _AGAIN,
    re.IGNORECASE,
)
_POLITE_TAIL: Final = re.compile(
    r"[\s,.!?]+(?:please|thanks|thank you(?: very much)?|for me|if you can|would you|will you|could you|ok(?:ay)?|"
    r"right|or so)[\s,.!?]*$",
    re.IGNORECASE,
)
_CORRECTION: Final = re.compile(
    r"(?:(?:(?:yes|yeah|ok(?:ay)?|sure),? but|no+|nope|nah|sorry|wait|oh|actually|well|but|wrong|not that|correction|"
    r"rather|better|or rather|scratch that|um+|uh+|"
    r"hmm+|that's (?:wrong|not right)|on second thoughts?|i (?:mean|meant|said)(?: to say)?|i wanted to say|"
    r"it (?:should be|was|is)|it's|make (?:it|that)|let's (?:do|say|make it)|please|"
    r"(?:can you |could you )?(?:change|move|push|set|shift|reschedule|put|switch) (?:it|that|this)(?: one)?"
    r"(?: back)?(?: to| for| until| on)?|not .{1,60}? but)" + _AGAIN,
    re.IGNORECASE,
)
# Only who says so means their words to stand in place of what was taken down: "no problem" is no new title.
_MEANT: Final = re.compile(r"\bi (?:mean|meant|said|wanted to say)\b|\bnot\b.+\bbut\b", re.IGNORECASE)
_INSTEAD: Final = re.compile(r"[\s,]+(?:instead|rather|then|i (?:mean|meant|said))[\s.!?]*$", re.IGNORECASE)
_FILLER_ONLY: Final = re.compile(r"(?:(?:um+|uh+|well|oh|please|it(?:'s| is)|hmm+)[\s,.!]*)*", re.IGNORECASE)
_ANSWER_LEAD: Final = re.compile(
    r"(?:(?:um+|uh+|er+|well|ok(?:ay)?|so|oh|yes|yeah|please|it's|it is|that's|that i|i mean|i meant|i think|maybe|"
    r"let's say|just|to|the one (?:about|for|with|called|to|on|at)|the task (?:about|to|called)|i said|say|"
    r"how about|about)" + _AGAIN,
    re.IGNORECASE,
)
# Where a caller may be about to correct the words before; certainly so where it takes several words to say it.
_CUE: Final = re.compile(
    r"[\s,.;]+(?=(?:(?P<certain>(?:no|wait|sorry|i meant?),? (?:no|wait|sorry|actually|i meant?|i said|make it)|"
    r"i meant|scratch that)|no|wait|sorry|actually|i mean|or rather|make (?:it|that)|correction)\b)",
    re.IGNORECASE,
)
_MOST_CUES: Final = 6
_ORDINALS: Final = (
    r"(?:the )?(?:first|1st|former|number one|one)(?: one)?",
    r"(?:the )?(?:second|2nd|latter|number two|two|other)(?: one)?",
    r"(?:the )?(?:third|3rd|number three|three)(?: one)?",
    r"(?:the )?(?:fourth|4th|number four|four)(?: one)?",
)


def without_politeness(text: str) -> str:
    """Strip "could you please" and "thank you" from the ends of a request, unless nothing else is left."""
    shorter = text[match.end() :] if (match := _POLITE_LEAD.match(text)) else text
    while match := _POLITE_TAIL.search(shorter):
        shorter = shorter[: match.start()]
    return shorter if shorter.strip() else text


def corrected(text: str) -> str | None:
    """Return what remains of a correction ("no, I meant Friday" → "Friday"), maybe nothing; None if it is none."""
    lead = _CORRECTION.match(text)
    tail = _INSTEAD.search(text)
    if not tail and (lead is None or _FILLER_ONLY.fullmatch(lead.group())):
        return None
    rest = text[lead.end() if lead else 0 : tail.start() if tail else len(text)]
    return rest.strip(" ,.;!?")


def says_what_was_meant(text: str) -> bool:
    """Tell whether a correction says that its words replace others: "I said", "not X but Y"."""
    return any(cue and _MEANT.search(cue.group()) for cue in (_CORRECTION.match(text), _INSTEAD.search(text)))


def revisions(text: str) -> Iterator[tuple[str, str, bool]]:
    """Yield where `text` may correct itself, the last place first: the words before, the new ones, if it surely does.

    "tomorrow, no, Friday" gives ("tomorrow", "Friday", False).
    """
    for cue in reversed(list(itertools.islice(_CUE.finditer(text), _MOST_CUES))):
        if rest := corrected(text[cue.end() :]):
            yield text[: cue.start()], rest, cue["certain"] is not None


def bare_answer(text: str) -> str:
    """Strip "um, it's to" from the start of an answer, unless nothing else is left."""
    shorter = text[match.end() :] if (match := _ANSWER_LEAD.match(text)) else text
    return shorter.strip(" ,.;!?") or text.strip(" ,.;!?")


def ordinal(text: str, count: int) -> int | None:
    """Return which of `count` things "the second one" picks, from zero, or None."""
    words = bare_answer(text).casefold()
    if count and re.fullmatch(r"(?:the )?last(?: one)?", words):
        return count - 1
    return next((i for i, pattern in enumerate(_ORDINALS[:count]) if re.fullmatch(pattern, words)), None)
