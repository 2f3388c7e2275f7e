"""What speech recognition wrote, in one spelling: lower case, digits, no fillers, known slips repaired."""

import re
from typing import Final

from intents.times.numbers import in_digits

_MERIDIEM: Final = re.compile(r"(?<![a-z])([ap])\s?\.?\s?m(?![a-z])\.?")
_TOKEN: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}/[0-9]{1,2}(?:/[0-9]{4})?|[0-9]{1,2}[:.][0-9]{2}(?![0-9])"
    r"|[0-9]+(?:st|nd|rd|th)(?![a-z])|[0-9]+|[a-z]+|[,;!?]|\.(?![0-9])|\S"
)
_SEPARATORS: Final = frozenset(",;!?.")
_UNIT: Final = r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)"
_ABOUT: Final = r"(?:around|about|approximately|roughly)"

# A homophone is a number only where nothing but a number can stand: "at for p m", "in to hours".
_HOMOPHONES: Final = {"to": "2", "too": "2", "for": "4", "fore": "4", "ate": "8", "won": "1"}
_HOMOPHONE: Final = re.compile(
    rf"(?:(?<=\bat )(?:to|too|for|fore|ate|won)(?= (?:am|pm|oclock|today|tomorrow|in the|on)\b|$)"
    rf"|(?<![0-9] )(?<!quarter )(?<!past )\b(?:to|too|for|fore|ate|won)(?= (?:am|pm|oclock)\b)"
    rf"|(?<=\bin )(?:to|too|for|fore)(?= {_UNIT}\b))"
)
_SLIPS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\bto (morrow|day|night)\b", r"to\1"),
        (r"\bmid (night|day)\b", r"mid\1"),
        (r"\bweek end(s?)\b", r"weekend\1"),
        (r"\bo clock\b", "oclock"),
        (r"\b(?:a )?couple(?: of)?\b", "2"),
        (r"\b(?:or so|lets say|you know|i think|i guess)\b", ""),
        # "Friday around five" keeps its "at", so that the five is an hour and not the fifth
        (rf"(?<!\bin )(?<!\bat )(?<!\bby )\b{_ABOUT}(?= (?:[0-9]|half|a quarter|quarter))", "at"),
        (rf"\b{_ABOUT}\b", ""),
        (r"\b(?:um+|uh+|er+|erm|ah|hmm?|like|please|okay|ok|well|just|maybe|perhaps|say|exactly|sharp|thanks"
         r"|actually|yes|yeah|or maybe)\b", ""),
    )
)  # fmt: skip


def normalise(text: str) -> str:
    """Return `text` as words and digits with one space between them; what is foreign stays, to be refused."""
    lowered = text.lower().replace("\u2019", "'").replace("'", "")
    lowered = _MERIDIEM.sub(r" \1m ", lowered)
    lowered = re.sub(r"(?<=[a-z0-9])-(?=[a-z])", " ", lowered)
    lowered = re.sub(r"(?<![0-9.])([0-9]+)\.5(?![0-9])", r"\1 and a half", lowered)
    words = [_one_spelling(token) for token in _TOKEN.findall(lowered) if token not in _SEPARATORS]
    said = " ".join(in_digits(words))
    for pattern, replacement in _SLIPS:
        said = " ".join(pattern.sub(replacement, said).split())
    return _HOMOPHONE.sub(lambda match: _HOMOPHONES[match[0]], said)


def _one_spelling(token: str) -> str:
    if re.fullmatch(r"[0-9]+(?:st|nd|rd|th)", token):
        return f"{int(token[:-2])}th" if len(token) <= 6 else token
    return token.replace(".", ":") if token[0].isdigit() else token
