"""Markdown to what of it is said."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

_SUSPECT: Final = re.compile(r"[*_`~\[\]#>]|^\s*[-+]\s", re.MULTILINE)
"""Without one of these a text is its own prose; parsing takes about a millisecond."""
_NO_MARKUP: Final = ("code", "reference", "html_block", "html_inline", "entity", "escape", "autolink")
"""Rules that models do not write for the ear, or that change characters; what they would match stays."""
_KEPT: Final = "|"
"""Bars between cells tell where to pause."""


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable(list(_NO_MARKUP))


def prose(text: str) -> str:
    """Replace markup by spaces, character for character, so that positions stay.

    Emphasis, headings, bullets, fences, and the targets of links and images go; the numbers of ordered lists, the
    bars between cells, and code stay. A text whose parts are not found again stays as it is.
    """
    if not _SUSPECT.search(text):
        return text
    said = [character if character.isspace() or character in _KEPT else " " for character in text]
    at = 0
    for content, behind in _contents(_parser().parse(text)):
        for part in (content,) if content in text else content.split():
            start = text.find(part, at)
            if start < 0:
                return text
            at = start + len(part)
            said[start:at] = part
        if behind is not None:
            at = _behind_target(text, behind, at)
    return "".join(said)


def _contents(tokens: Sequence[Token]) -> Iterator[tuple[str, str | None]]:
    """Yield what is said, each with the target of the link or image that ends behind it."""
    target = ""
    for token in tokens:
        match token.type:
            case "text" | "code_inline" | "fence":
                yield token.content, None
            case "list_item_open":
                yield f"{token.info}{token.markup}" if token.info else "", None
            case "link_open":
                target = str(token.attrGet("href") or "")
            case "link_close":
                yield "", target
            case "image":
                yield from _contents(token.children or ())
                yield "", str(token.attrGet("src") or "")
            case _:
                yield from _contents(token.children or ())


def _behind_target(text: str, target: str, at: int) -> int:
    """Return the place behind the `](target "title")` that begins near `at`."""
    start = text.find("](", at)
    if start < 0:
        return at
    start += 2
    # The parser may have encoded some of the target's characters.
    start += len(target) if text.startswith(target, start) else 0
    end = text.find(")", start)
    return end + 1 if end >= 0 else at
