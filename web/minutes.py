"""What was said in one session, each thing once: the server's own records meet what the client tells of them."""

import asyncio
import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from dao.records import Message, MessageDraft, Role

PATIENCE: Final = 20.0
"""Seconds that a client's message waits for the server's own record of it: an answer is recorded once it was heard."""

REMEMBERED: Final = 400
MAX_WAITING: Final = 50
RECORDED: Final = "turn"
"""In the metadata of what the server itself recorded, and of nothing else."""


@dataclass(eq=False, slots=True)
class _Recorded:
    """A message that the server wrote; `left` are its words of which no client has told yet."""

    id: UUID
    role: Role
    left: tuple[str, ...]
    cut: bool
    kept: asyncio.Event = field(default_factory=asyncio.Event)

    def claim(self, role: Role, words: tuple[str, ...]) -> bool:
        """Take the words away if they are what comes next; clients may tell of an answer sentence by sentence.

        Of an answer that was cut short the client may tell more than was heard.
        """
        if role != self.role or not self.left or not words:
            return False
        if self.left[: len(words)] == words:
            self.left = self.left[len(words) :]
            return True
        if self.cut and words[: len(self.left)] == self.left:
            self.left = ()
            return True
        return False


@dataclass(eq=False, slots=True)
class _Told:
    """A message of the client for which there is no record yet."""

    role: Role
    words: tuple[str, ...]
    found: asyncio.Future[_Recorded | None]


class Minutes:
    """Matches what the recorder keeps with what the client posts, whichever comes first.

    Pure bookkeeping: others write.
    """

    def __init__(self) -> None:
        self._recorded: deque[_Recorded] = deque(maxlen=REMEMBERED)
        self._waiting: list[_Told] = []
        self._own: deque[tuple[Role, tuple[str, ...]]] = deque(maxlen=REMEMBERED)
        self._held = False

    def begin(self) -> None:
        """A call begins: from now on the server records what is said."""
        self._held = True

    def end(self) -> None:
        """The call is over: nothing more is recorded."""
        self._held = False
        self.release()

    def release(self) -> None:
        """Let go what still waits for a record: it gets none."""
        for told in self._waiting:
            if not told.found.done():
                told.found.set_result(None)
        self._waiting.clear()

    def remember(self, messages: Sequence[Message]) -> None:
        """Take up a session of which only the records are left."""
        for message in messages:
            if RECORDED in message.metadata:
                self.record(MessageDraft.model_validate(message.model_dump(exclude={"tenant_id"})))
                self.kept(message.id)

    def record(self, message: MessageDraft) -> bool:
        """Note a message that the server is about to write; False if a client's own words stand for it already."""
        words = _words(message.content)
        cut = bool(message.metadata.get("interrupted"))
        for role, said in self._own:
            if role == message.role and words and (said[: len(words)] if cut else said) == words:
                self._own.remove((role, said))
                return False
        entry = _Recorded(message.id, message.role, words, cut)
        self._recorded.append(entry)
        for told in [*self._waiting]:
            if not told.found.done() and entry.claim(told.role, told.words):
                told.found.set_result(entry)
                self._waiting.remove(told)
        return True

    def kept(self, message_id: UUID) -> None:
        """Note that a recorded message was written."""
        for entry in self._recorded:
            if entry.id == message_id:
                entry.kept.set()

    async def told(self, role: Role, content: str) -> UUID | None:
        """Return the id of the server's record of what a client tells, once that is written.

        None: there is none, and the caller has to write it. Waits for a record that is still to come while a call is
        held, `PATIENCE` seconds at most; raises TimeoutError when a record is there but cannot be written for so long.
        """
        words = _words(content)
        entry = next((entry for entry in self._recorded if entry.claim(role, words)), None)
        if entry is None and self._held and words and len(self._waiting) < MAX_WAITING:
            entry = await self._wait(_Told(role, words, asyncio.get_running_loop().create_future()))
        if entry is None:
            return None
        async with asyncio.timeout(PATIENCE):
            await entry.kept.wait()
        return entry.id

    @contextmanager
    def storing(self, role: Role, content: str) -> Iterator[None]:
        """Write a client's message within it: a record of the same, should one still come, is not needed any more."""
        own = (role, _words(content))
        if self._held:
            self._own.append(own)
        try:
            yield
        except BaseException:
            if own in self._own:
                self._own.remove(own)
            raise

    async def _wait(self, told: _Told) -> _Recorded | None:
        self._waiting.append(told)
        try:
            async with asyncio.timeout(PATIENCE):
                return await told.found
        except TimeoutError:
            return None
        finally:
            if told in self._waiting:
                self._waiting.remove(told)


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", text.casefold()))
