"""The silent caller: when to ask whether they are still there."""

import asyncio
from collections.abc import Callable

from pipeline.settings import PipelineSettings


class SilencePrompts:
    """Calls `prompt` with 0, 1, … each time nobody has spoken for `silence_prompt` seconds.

    The count begins anew when the caller says something. Paused while the link is lost, and while the
    caller is muted: they are there, and talk to somebody else.
    """

    def __init__(self, settings: PipelineSettings, prompt: Callable[[int], None]) -> None:
        self._settings = settings
        self._prompt = prompt
        self._timer: asyncio.TimerHandle | None = None
        self._attempts = 0
        self._listening = False
        self._agent_answers = False
        self._caller_speaks = False
        self._muted = False

    def resume(self, *, listening: bool) -> None:
        """A link is there; `listening` is False where nobody is expected to speak (a terminal)."""
        self._listening = listening
        self._restart()

    def pause(self) -> None:
        """The link is lost."""
        self._listening = False
        self._restart()

    def agent_answers(self) -> None:
        """The agent thinks or speaks; however long it takes, the caller is the one who waits."""
        self._agent_answers = True
        self._restart()

    def agent_silent(self) -> None:
        """The agent has said all it had to say."""
        self._agent_answers = False
        self._restart()

    def caller_speaks(self) -> None:
        """The caller makes a sound; whether it holds words is not known yet."""
        self._caller_speaks = True
        self._restart()

    def caller_silent(self) -> None:
        """The sound held no words."""
        self._caller_speaks = False
        self._restart()

    def caller_muted(self, muted: bool) -> None:
        """The caller cannot be heard, because they want it so; or can be again."""
        if muted != self._muted:
            self._muted = muted
            self._restart()

    def caller_answered(self) -> None:
        """The caller said or typed something."""
        self._attempts = 0
        self.caller_silent()

    def close(self) -> None:
        """Stop for good."""
        self._listening = False
        self._restart()

    def _restart(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._listening and not (self._muted or self._agent_answers or self._caller_speaks):
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._settings.silence_prompt, self._expire)

    def _expire(self) -> None:
        self._timer = None
        attempt, self._attempts = self._attempts, self._attempts + 1
        self._prompt(attempt)
