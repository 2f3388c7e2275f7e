"""Written text to what is said: every token keeps the place in the text that it was written at."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from models.tts.markdown import prose
from models.tts.spoken_amounts import AMOUNT_RULES
from models.tts.spoken_numbers import Rules, digits
from models.tts.spoken_times import time_rules
from models.tts.spoken_words import ADDRESS_RULES, NEVER_LAST, WORD_RULES

PIECE: Final = 240
"""Most characters said in one go; bounds what is made ahead of the listener, and what others wait."""

_LONGEST_WORD: Final = 40
_ENDS: Final = ".!?"
_STOPS: Final = {
    **{"!": "!", "?": "?", ";": ";", ":": ":"},
    **dict.fromkeys(",()[]{}|", ","),
    **{"\u2014": ",", "\u2013": ",", "\u3001": ",", "\uff0c": ","},
    **{"\u3002": ".", "\uff01": "!", "\uff1f": "?", "\uff1b": ";", "\uff1a": ":"},
}
"""Signs that make a pause, by the stop that engines know; dashes and the full-width signs of East Asia by number."""
_STRENGTH: Final = ("", ",", ";", ":", ".", "!", "?")
_APOSTROPHES: Final = {0x2019: "'", 0x02BC: "'", 0x2011: "-", 0x2010: "-"}
_WITHIN_WORDS: Final = "'-\u2019\u2010\u2011"
_JOINTS: Final = (
    (re.compile(r"/(?=[a-z]+(?!\w))"), "per"),
    (re.compile(r"\u2013\s?(?=[$€£¥]?\d)|[-\u2014](?=[$€£¥]?\d)"), "to"),
    (re.compile(r"-\s(?=\d{1,2}(?::\d\d|\s?[ap]\.?m))"), "to"),
    (re.compile(r"[-\u2212](?=\s\d)"), "minus"),
    (re.compile(r"/(?=\s?\d)"), "over"),
)
_NEW_SENTENCE: Final = re.compile(r"\s*$|\s+[^\w\s]*[A-Z]")
_DOTS: Final = re.compile(r"[.…](?P<more>[.…]*)(?P<behind>\s*[a-z])?")


@dataclass(frozen=True, slots=True)
class Token:
    """What is said for `text[start:end]`: words separated by spaces, then a stop, one of `,;:.!?` or none."""

    start: int
    end: int
    said: str
    stop: str = ""


def spoken(text: str, language: str = "en-us") -> list[Token]:
    """Return what is said of `text`, token by token in its order; markup, emoji and lone signs are not.

    English numbers, dates, amounts, abbreviations and addresses become words, in `language` (a tag such as en-us or
    de) where 3/4/2026 is the fourth of March or else the third of April; of other languages only markup goes.
    Raises nothing, whatever the text.
    """
    masked = prose(_plain(text))
    if not any(character.isalnum() for character in masked):
        return []
    rules = _rules(language.lower().replace("_", "-")) if language.lower().startswith("en") else ()
    tokens: list[Token] = []
    at = 0
    while at < len(masked):
        if masked[at] in " \t":
            at += 1
            continue
        token = _token(masked, at, rules, tokens)
        if token is not None:
            tokens.append(token)
            at = token.end
            continue
        stop = _stop(masked, at)
        if stop and tokens and _STRENGTH.index(stop) > _STRENGTH.index(tokens[-1].stop):
            tokens[-1] = replace(tokens[-1], stop=stop)
        at += 1
    return tokens


def sentences(tokens: Sequence[Token], limit: int = PIECE) -> Iterator[list[Token]]:
    """Cut tokens into sentences of at most `limit` characters said; a long one is cut at a stop, else between words."""
    piece: list[Token] = []
    length = 0
    for token in tokens:
        size = len(token.said) + len(token.stop) + 1
        while piece and length + size > limit:
            cut = next((index for index in range(len(piece), 0, -1) if piece[index - 1].stop), len(piece))
            yield piece[:cut]
            piece = piece[cut:]
            length = sum(len(one.said) + len(one.stop) + 1 for one in piece)
        piece.append(token)
        length += size
        if token.stop and token.stop in _ENDS:
            yield piece
            piece, length = [], 0
    if piece:
        yield piece


def joined(tokens: Sequence[Token]) -> str:
    """Return tokens as the text that an engine is given."""
    return " ".join(f"{token.said}{token.stop}" for token in tokens)


@cache
def _rules(language: str) -> Rules:
    return (*ADDRESS_RULES, *time_rules(day_first=language not in ("en", "en-us")), *AMOUNT_RULES, *WORD_RULES)


def _plain(text: str) -> str:
    """Replace characters that are no text by spaces, one for one; lines stay."""
    return "".join(
        " " if character != "\n" and unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") else character
        for character in text
    )


def _token(text: str, at: int, rules: Rules, before: Sequence[Token]) -> Token | None:
    for pattern, say in rules:
        match = pattern.match(text, at)
        if match and match.end() > at and (said := say(match)) and (said := _pronounceable(said)):
            return Token(at, match.end(), said, _stop_within(text, match.end(), said))
    if rules and before and (joint := _joint(text, at, before[-1])):
        return joint
    end = _word_end(text, at)
    word = text[at:end]
    if not (said := _pronounceable(word) if rules else word.translate(_APOSTROPHES)):
        return None
    return Token(at, end, said.lower() if rules and text.isupper() and " " in text.strip() else said)


def _joint(text: str, at: int, before: Token) -> Token | None:
    """Return what joins amounts: "5-10", "$5/month", "5 - 3"."""
    if not any(character.isdigit() for character in text[before.start : before.end]) or text[before.end : at].strip():
        return None
    for pattern, said in _JOINTS:
        if match := pattern.match(text, at):
            return Token(at, match.end(), said)
    return None


def _word_end(text: str, at: int) -> int:
    if unicodedata.category(text[at])[0] not in "LN":
        return at
    end = at + 1
    while end < len(text) and end - at < _LONGEST_WORD:
        joins = text[end] in _WITHIN_WORDS and text[end - 1].isalpha() and text[end + 1 : end + 2].isalpha()
        if not joins and unicodedata.category(text[end])[0] not in "LNM":
            break
        end += 1
    return end


def _pronounceable(said: str) -> str:
    """Keep what English words are made of; digits that no rule knew are said one by one."""
    kept = []
    for character in said.translate(_APOSTROPHES):
        if character.isdigit():
            kept.append(f" {digits(character)} ")
        elif character in " ,'-" or unicodedata.category(character)[0] in "LNM":
            kept.append(character)
        else:
            kept.append(" ")
    words = "".join(kept).split()
    return " ".join(words) if any(character.isalnum() for word in words for character in word) else ""


def _stop_within(text: str, end: int, said: str) -> str:
    """Return a stop where the dot of "p.m." or "etc." ends a sentence, too."""
    if text[end - 1] != "." or not (behind := _NEW_SENTENCE.match(text, end)):
        return ""
    return "." if not behind[0].strip() or not (said in NEVER_LAST or said.isupper()) else ""


def _stop(text: str, at: int) -> str:
    """Return the stop that a sign makes, or none."""
    if text[at] == "\n":
        return "."
    if text[at] == "-":
        return "," if text[at - 1 : at + 2].strip() == "-" else ""
    if text[at] in ".…":
        if text[at - 1 : at] in (".", "…"):  # the first of several has told
            return ""
        dots = _DOTS.match(text, at)
        if dots and (dots["more"] or text[at] == "…"):
            return "," if dots["behind"] else "."
        return "" if text[at + 1 : at + 2].isalnum() else "."
    return _STOPS.get(text[at], "")
