"""Streamed text to speakable phrases: the voice begins before the model has finished."""

import re

_ABBREVIATION = re.compile(
    r"(mr|mrs|ms|dr|prof|sr|jr|st|vs|etc|e\.g|i\.e|a\.m|p\.m|no|approx|dept|est|fig|inc|ltd|co|mt"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|[b-hj-z])"
)
_END = re.compile(r"[.!?\u2026]+[\"'\u201d\u2019)\]]*(?=\s)|\n+")
_CLAUSE = re.compile(r"[,;:\u2014\u2013]+(?=\s)")


class PhraseSplitter:
    """Collects streamed text and gives out phrases at sentence ends, or at clauses when one grows long.

    No character but white space between phrases is lost: joined with spaces, the
    phrases are the text. `long` and `longest` count characters.
    """

    def __init__(self, long: int = 120, longest: int = 300) -> None:
        self._long = long
        self._longest = longest
        self._text = ""

    def feed(self, text: str) -> list[str]:
        """Take the next piece of text and return the phrases it completed."""
        self._text += text
        phrases = []
        while (cut := self._cut()) is not None:
            phrase, self._text = self._text[:cut].strip(), self._text[cut:].lstrip()
            if phrase:
                phrases.append(phrase)
        return phrases

    def flush(self) -> list[str]:
        """Return what is left once the text has ended."""
        rest, self._text = self._text.strip(), ""
        return [rest] if rest else []

    def _cut(self) -> int | None:
        for match in _END.finditer(self._text):
            if not self._is_abbreviation(match):
                return match.end()
        if len(self._text) > self._long:
            clauses = [m.end() for m in _CLAUSE.finditer(self._text) if m.end() > self._long // 3]
            if clauses:
                return clauses[0]
        if len(self._text) > self._longest:
            space = self._text.rfind(" ", 1, self._longest)
            return space if space > 0 else self._longest
        return None

    def _is_abbreviation(self, match: re.Match[str]) -> bool:
        if match.group() != ".":
            return False
        words = self._text[: match.start()].rsplit(maxsplit=1)
        return bool(words) and _ABBREVIATION.fullmatch(words[-1].lower().lstrip("(\"'")) is not None
