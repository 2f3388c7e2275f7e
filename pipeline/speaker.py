"""What is being said and what has really been heard; stops within one frame."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from models.audio import Pcm, silence
from models.tts import Speech, WordMark
from pipeline.events import (
    AgentStartedSpeaking,
    AgentStoppedSpeaking,
    Event,
    PhraseFinished,
    PhraseProgress,
    PhraseQueued,
)
from pipeline.lead_in import LeadIn

FADE_SECONDS = 0.005


@dataclass(slots=True)
class _Phrase:
    segment: int
    text: str
    on_heard: Callable[[str], None]
    lead_in: LeadIn
    chunks: deque[Pcm] = field(default_factory=deque)
    words: list[WordMark] = field(default_factory=list)
    words_told: int = 0
    samples: int = 0
    played: int = 0
    complete: bool = False


class Speaker:
    """Holds the phrases of the agent's voice; the transport pulls samples and thereby tells what was heard.

    `tell` receives the events of speaking. `rate` is the speech engine's, in Hz.
    Each phrase reports its heard text through the `on_heard` given to `queue`, once:
    all of it when its last sample was handed out, the words so far when it was cut.
    """

    def __init__(self, rate: int, tell: Callable[[Event], None]) -> None:
        self.rate = rate
        self.audible = True
        self._more_expected = False
        self._tell = tell
        self._phrases: deque[_Phrase] = deque()
        self._by_segment: dict[int, _Phrase] = {}
        self._held = False
        self._held_midway = False
        self._held_for: int | None = None  # samples, where it goes on by itself
        self._speaking = False
        self._fading = False
        self._tail: Pcm | None = None
        self._next_segment = 0
        self._last = ""

    @property
    def speaking(self) -> bool:
        """Whether sound of the agent is leaving right now."""
        return self._speaking

    @property
    def has_word(self) -> bool:
        """Whether sound of the agent is leaving right now, or was when `hold` stopped it."""
        return self._speaking or self._held_midway

    @property
    def ready(self) -> int:
        """How many samples of voice `read` can hand out without a gap; none while it is held."""
        return 0 if self._held else sum(phrase.samples - phrase.played for phrase in self._phrases)

    @property
    def idle(self) -> bool:
        """Whether nothing is left to be said."""
        return not self._phrases

    @property
    def asking(self) -> bool:
        """Whether a question is being said, or was the last thing said."""
        phrase = self._phrases[0] if self._phrases else None
        text = phrase.text if phrase is not None and phrase.played else self._last
        return text.rstrip().endswith("?")

    def expect_more(self, expected: bool) -> None:
        """Say whether an answer is still being made, so that a gap inside it is not taken for its end."""
        self._more_expected = expected
        if not expected and not self._phrases:
            self._set_speaking(False)

    def queue(self, text: str, on_heard: Callable[[str], None], *, spoken: bool = True) -> int | None:
        """Add a phrase and return its segment; None when it is not spoken but shown, and so heard at once."""
        segment = self._next_segment
        self._next_segment += 1
        spoken = spoken and self.audible
        self._tell(PhraseQueued(segment, text, spoken))
        if not spoken:
            on_heard(text)
            self._tell(PhraseFinished(segment, text, text, interrupted=False, spoken=False))
            return None
        phrase = _Phrase(segment, text, on_heard, LeadIn(self.rate))
        self._phrases.append(phrase)
        self._by_segment[segment] = phrase
        return segment

    def add(self, segment: int, speech: Speech) -> None:
        """Add the next piece of a phrase's audio; a phrase that was cut takes no more."""
        phrase = self._by_segment.get(segment)
        if phrase is None:
            return
        speech = phrase.lead_in.without(speech)
        if speech.pcm.size:
            phrase.chunks.append(speech.pcm)
            phrase.samples += speech.pcm.size
        phrase.words.extend(speech.words or ())

    def complete(self, segment: int) -> None:
        """Say that all audio of a phrase was added."""
        if (phrase := self._by_segment.get(segment)) is not None:
            phrase.complete = True
            self._retire_finished()

    def hold(self) -> None:
        """Fall silent now but keep what is left, until `release` or `cut`; safe to call again meanwhile."""
        self._held_for = None
        if self._held:
            return  # the fade may not have been read yet
        self._fading = self._held_midway = self._speaking
        self._held = True
        self._set_speaking(False, interrupted=True)

    def release(self, after: float = 0.0) -> None:
        """Go on where `hold` stopped, once `after` seconds more were read without another `hold`."""
        if after and self._held:
            self._held_for = round(after * self.rate)
        else:
            self._held = self._held_midway = False

    def cut(self) -> None:
        """Drop everything not yet heard; each open phrase reports the words that were."""
        self._fading = self._fading or (self._speaking and not self._held)
        fade = self._fade_tail() if self._fading else None
        dropped, self._phrases = list(self._phrases), deque()
        self._by_segment.clear()
        self._held = self._held_midway = False
        self._tail = fade
        self._set_speaking(False, interrupted=True)
        for phrase in dropped:
            heard = self._heard(phrase)
            phrase.on_heard(heard)
            self._tell(PhraseFinished(phrase.segment, phrase.text, heard, interrupted=heard != phrase.text))

    def read(self, samples: int) -> Pcm:
        """Hand out the next `samples`; zeros where there is nothing to say."""
        frame = silence(samples)
        if self._held and self._held_for is not None:
            self._held_for -= samples
            if self._held_for < 0:
                self.release()
        if self._tail is not None or self._held:
            tail = self._tail if self._tail is not None else (self._fade_tail() if self._fading else None)
            self._tail, self._fading = None, False
            if tail is not None:
                frame[: min(samples, tail.size)] = tail[:samples]
            return frame
        filled = 0
        while filled < samples and self._phrases:
            phrase = self._phrases[0]
            if not phrase.chunks:
                if not phrase.complete:
                    break
                self._finish_first()
                continue
            if not self._speaking:
                self._set_speaking(True)
            chunk = phrase.chunks[0]
            part = chunk[: samples - filled]
            frame[filled : filled + part.size] = part
            filled += part.size
            phrase.played += part.size
            if part.size == chunk.size:
                phrase.chunks.popleft()
            else:
                phrase.chunks[0] = chunk[part.size :]
            self._report_progress(phrase)
        self._retire_finished()
        return frame

    def _retire_finished(self) -> None:
        while self._phrases and self._phrases[0].complete and not self._phrases[0].chunks:
            self._finish_first()

    def _finish_first(self) -> None:
        phrase = self._phrases.popleft()
        self._last = phrase.text
        self._by_segment.pop(phrase.segment, None)
        if not self._phrases and not self._more_expected:
            self._set_speaking(False)
        phrase.on_heard(phrase.text)
        self._tell(PhraseFinished(phrase.segment, phrase.text, phrase.text, interrupted=False))

    def _set_speaking(self, speaking: bool, *, interrupted: bool = False) -> None:
        if speaking != self._speaking:
            self._speaking = speaking
            self._tell(AgentStartedSpeaking() if speaking else AgentStoppedSpeaking(interrupted))

    def _report_progress(self, phrase: _Phrase) -> None:
        seconds = phrase.played / self.rate
        told = sum(1 for word in phrase.words if word.start < seconds)
        if told > phrase.words_told:
            phrase.words_told = told
            heard = " ".join(word.text for word in phrase.words[:told])
            end = _end_of_words(phrase.text, phrase.words[:told])
            remaining = phrase.text[end:].strip()
            self._tell(PhraseProgress(phrase.segment, phrase.text, phrase.text[:end].strip() or heard, remaining))

    def _heard(self, phrase: _Phrase) -> str:
        if not phrase.played:
            return ""
        if phrase.words:
            seconds = phrase.played / self.rate
            heard = [word for word in phrase.words if (word.start + word.end) / 2 <= seconds]
            return phrase.text[: _end_of_words(phrase.text, heard)].strip()
        share = phrase.played / max(phrase.samples, 1)
        if not phrase.complete:
            share = min(share, phrase.played / self.rate * 15 / max(len(phrase.text), 1))
        words = phrase.text.split()
        return " ".join(words[: int(len(words) * share)])

    def _fade_tail(self) -> Pcm | None:
        if not self._phrases or not self._phrases[0].chunks:
            return None
        tail = self._phrases[0].chunks[0][: int(FADE_SECONDS * self.rate)]
        return (tail * np.linspace(1.0, 0.0, tail.size, dtype=np.float32)).astype(np.float32)


def _end_of_words(text: str, words: list[WordMark]) -> int:
    """Return the index in `text` after the last of `words`, which occur in it in order."""
    end = 0
    for word in words:
        found = text.find(word.text, end)
        if found >= 0:
            end = found + len(word.text)
    while words and end < len(text) and not text[end].isspace():
        end += 1
    return end
