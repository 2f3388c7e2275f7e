"""Finds tool calls that a model wrote into its text, while the text is still coming.

Small models and young parsers leak calls: bare JSON, JSON in a code fence, `<tool_call>` tags. Half a JSON must
never be spoken, so what could be the beginning of a call is held back, and nothing else is.
"""

import re
from collections.abc import Sequence
from typing import Final, Literal

from models.llm import ToolCall, ToolSpec
from models.llm.call_json import KEYS, calls_in_element, calls_in_json

_TRIGGER: Final = re.compile(r"[<\[{`]")
_MARKERS: Final = (
    *("<tool_call>", "</tool_call>", "<tool_calls>", "</tool_calls>", "<|tool_call|>", "<|/tool_call|>"),
    *("<function_call>", "</function_call>", "<|python_tag|>", "[tool_calls]", "[/tool_calls]"),
)
"""What stands around calls in the templates of models, in lower case; never spoken."""
_ELEMENT: Final = "<function="
_ELEMENT_END: Final = "</function>"
_FENCE: Final = re.compile(r"`{1,2}|```[A-Za-z_]{0,16}\s*")
_FENCED: Final = re.compile(r"```[A-Za-z_]{0,16}\s*(?=[{\[])")
_HEAD: Final = re.compile(r"""\[?\s*(?:\{\s*["']?(\w*))?""")
_KEYED: Final = re.compile(r"""\[?\s*\{\s*["']?(\w+)[\s"':]""")
_LONGEST_OPENING: Final = 80
_LITTER: Final = " \t\r\n}]);,`"
"""What models leave behind a call, besides white space."""

Piece = str | ToolCall
_Kind = Literal["text", "opening", "marker", "json", "element"]


class LeakedCalls:
    """Parts text from calls; however the text was cut into pieces, the same comes out.

    White space at the very beginning and around calls waits until words follow it.
    """

    def __init__(self, tools: Sequence[ToolSpec]) -> None:
        self._tools = tools
        self._kind: _Kind = "text"
        self._held = ""
        self._json_at = 0
        self._json = _JsonEnd()
        self._blank: str | None = ""  # None amid words
        self._after_call = False
        self.broken = False
        """Whether something that began like a call was dropped: half of it, or of no use."""

    def feed(self, text: str) -> list[Piece]:
        """Take the next piece of text; return what can be said of it, and calls."""
        out: list[Piece] = []
        at = 0
        while at < len(text):
            if self._kind == "text":
                found = _TRIGGER.search(text, at)
                end = found.start() if found else len(text)
                self._say(text[at:end], out)
                at = end
                if found:
                    self._kind, self._held, at = "opening", text[end], end + 1
                continue
            self._held += text[at]
            at += 1
            if self._kind != "opening":
                self._read(text[at - 1], out)
            elif (judged := self._judge()) == "text":
                # Only its first character is known to be text; what follows it is looked at anew.
                first, text, at = self._held[0], self._held[1:] + text[at:], 0
                self._reset()
                self._say(first, out)
            elif judged == "marker":
                self._reset()
                self._blank = self._blank or ""
            else:
                self._kind = judged
        return out

    def finish(self, *, cut: bool = False) -> list[Piece]:
        """Return what was held back to the end; with `cut` the model was stopped, and half a call is no call."""
        out: list[Piece] = []
        kind, held = self._kind, self._held
        self._reset()
        if kind == "opening" and not _is_half_a_call(held):
            self._say(held, out)
            return out
        if kind == "json" and not cut and not self._json.in_string:
            out += calls_in_json(held[self._json_at :], self._tools)
        elif kind == "element" and not cut and held.rstrip().endswith("</parameter>"):
            out += calls_in_element(held, self._tools)
        self.broken |= bool(held) and not out
        return out

    def _judge(self) -> _Kind:
        """Tell what is being held: still an opening, or one of the others for certain."""
        held, lower = self._held, self._held.lower()
        if len(held) > _LONGEST_OPENING:
            return "text"
        if lower in _MARKERS:
            return "marker"
        if lower == _ELEMENT:
            return "element"
        if any(marker.startswith(lower) for marker in (*_MARKERS, _ELEMENT)) or _FENCE.fullmatch(held):
            return "opening"
        fenced = _FENCED.match(held)
        start = fenced.end() if fenced else 0
        head = _HEAD.fullmatch(held, start)
        if held[start] in "{[" and head and any(key.startswith(head[1] or "") for key in KEYS):
            return "opening"
        keyed = _KEYED.match(held, start)
        if keyed and keyed[1] in KEYS:
            self._json_at, self._json = start, _JsonEnd()
            for character in held[start:]:
                self._json.feed(character)
            return "json"
        return "text"

    def _read(self, character: str, out: list[Piece]) -> None:
        """Look whether what is held is complete with `character`, its last one."""
        if self._kind == "json":
            if not self._json.feed(character):
                return
            calls = calls_in_json(self._held[self._json_at :], self._tools)
        else:
            if not self._held.endswith(_ELEMENT_END):
                return
            calls = calls_in_element(self._held, self._tools)
            self.broken |= not calls
        held, was_json = self._held, self._kind == "json"
        self._reset()
        if calls:
            out += calls
            self._blank, self._after_call = self._blank or "", True
        elif was_json:
            self._say(held, out)

    def _say(self, text: str, out: list[Piece]) -> None:
        if self._blank is not None:
            words = text.lstrip(_LITTER) if self._after_call else text.lstrip()
            self._blank += "".join(c for c in text[: len(text) - len(words)] if c.isspace())
            if not words:
                return
            text, self._blank, self._after_call = self._blank + words, None, False
        if text:
            out.append(text)

    def _reset(self) -> None:
        self._kind, self._held = "text", ""


class _JsonEnd:
    """Finds the end of a JSON value, braces in strings not counted (ollama issue 16937)."""

    def __init__(self) -> None:
        self._depth = 0
        self._quote = ""
        self._escaped = False

    @property
    def in_string(self) -> bool:
        return bool(self._quote)

    def feed(self, character: str) -> bool:
        """Take the next character; whether the value ends with it."""
        if self._quote:
            if self._escaped:
                self._escaped = False
            elif character == "\\":
                self._escaped = True
            elif character == self._quote:
                self._quote = ""
        elif character in "\"'":
            self._quote = character
        elif character in "{[":
            self._depth += 1
        elif character in "}]":
            self._depth -= 1
            return self._depth <= 0
        return False


def _is_half_a_call(held: str) -> bool:
    """Whether an opening at the end of an answer is more than a stray bracket."""
    return bool(re.search(r"""\{\s*["']?\w""", held)) or (held[0] in "<[" and len(held) > 2)
