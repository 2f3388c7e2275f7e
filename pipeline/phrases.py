"""Streamed text to speakable phrases: the voice begins before the model has finished."""

import re
from typing import Final

_ABBREVIATION = re.compile(
    r"(mr|mrs|ms|dr|prof|sr|jr|st|vs|etc|e\.g|i\.e|a\.m|p\.m|no|approx|dept|est|fig|inc|ltd|co|mt"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|[b-hj-z])"
)
_END = re.compile(r"[.!?\u2026]+[\"'\u201d\u2019)\]]*(?=\s)|\n+")
_CLAUSE = re.compile(r"[,;:\u2014\u2013]+(?=\s)")
# What follows a comma where a clause begins, not the next thing of a list, a date, a time or a name. Months and names
# ("May", "Will") are missing on purpose.
_OPENING = re.compile(
    r"\s+(?:(?:and|or)\s+)?"
    r"(?:i|you|we|they|he|she|it|that|there|here|who|which|what|where|when|why|how|but|so|because|although|though|while"
    r"|if|unless|then|let|is|are|do|does|did|would|shall|should|can|could|have|has)(?=[\s'\u2019])",
    re.IGNORECASE,
)

CLAUSE_LENGTH: Final = 16
"""Characters that are said in about a second: by then a model of 15 tokens a second has the rest of a usual sentence,
and the voice has begun with it."""
CLAUSE_WORDS: Final = 3
"""Less than this ("Well, my friend,") sounds torn off when it is said alone."""


class PhraseSplitter:
    """Collects streamed text and gives out phrases at sentence ends, or at clauses when one grows long or is asked for.

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

    def clause(self) -> str | None:
        """Take the first clause of the sentence that has not come to its end; None where none can be said by itself.

        It is for who has nothing else to say while the rest is still being made.
        """
        for match in _CLAUSE.finditer(self._text):
            clause, rest = self._text[: match.end()].strip(), self._text[match.end() :]
            stands_alone = len(clause) >= CLAUSE_LENGTH and len(clause.split()) >= CLAUSE_WORDS
            if stands_alone and (clause.endswith((";", ":")) or _OPENING.match(rest)):
                self._text = rest.lstrip()
                return clause
        return None

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
