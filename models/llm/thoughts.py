"""Takes a model's thoughts, `<think>…</think>`, out of text that comes in pieces: they are never spoken."""

import re
from typing import Final

_TAG: Final = re.compile(r"<(/?)think(?:ing)?>", re.IGNORECASE)
_TAGS: Final = ("<think>", "<thinking>", "</think>", "</thinking>")


class Thoughts:
    """Parts what is said from what is thought; holds back only what could be the beginning of a tag.

    Where the chat template opened the thought itself, only its end comes: that tag is dropped.
    """

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False
        self._gap = False

    def feed(self, text: str) -> tuple[str, str]:
        """Take the next piece; return what of it is said and what is thought."""
        text = self._held + text
        said, thought = "", ""
        at = 0
        for tag in _TAG.finditer(text):
            before = text[at : tag.start()]
            if self._thinking:
                thought += before
            else:
                said += self._speech(before)
            at = tag.end()
            self._thinking = not tag[1]
            self._gap = True
        kept = _beginning_of_tag(text, at)
        self._held = text[kept:]
        if self._thinking:
            return said, thought + text[at:kept]
        return said + self._speech(text[at:kept]), thought

    def finish(self) -> str:
        """Return what was held back and turned out to be said."""
        held, self._held = self._held, ""
        return "" if self._thinking else self._speech(held)

    def _speech(self, text: str) -> str:
        if self._gap:  # the empty lines between a thought and the answer
            text = text.lstrip()
            self._gap = not text
        return text


def _beginning_of_tag(text: str, start: int) -> int:
    """Return where an unfinished tag at the end of `text` begins, its length where there is none."""
    at = text.rfind("<", start)
    if at >= 0 and any(tag.startswith(text[at:].lower()) for tag in _TAGS):
        return at
    return len(text)
