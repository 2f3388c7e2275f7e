"""What the product would know of each clip at each pause: VAD, transcript, smart-turn; made once, then kept."""

import json
import resource
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.turn_clips import Clip
from intents.agent import load_agent
from models.audio import SAMPLE_RATE, Pcm, to_int16
from models.errors import EngineError
from models.stt.decoder_worker import DecoderPool
from models.turn import SmartTurn
from models.vad import WINDOW
from models.vad.silero import SileroModel
from pipeline.hush import Hush
from pipeline.settings import PipelineSettings
from pipeline.turns import FixedSilence, Paused, Resumed, Started, TurnTaker

WINDOW_SECONDS: Final = WINDOW / SAMPLE_RATE
EVIDENCE: Final = 6
"""Counts what is kept of a clip: another number makes it anew."""

_FRAME: Final = SAMPLE_RATE // 50
_NEVER: Final = FixedSilence(1e9)


@dataclass(frozen=True, slots=True)
class Pause:
    """One pause as it was met, the end of the turn among them; times in s of the clip's samples.

    `looked` is what the engine had when the pause was found, `heard` the final words, which took it `finishing` seconds
    of processor time more; `said` are the true words. `audio` is smart-turn's probability, None where its file is not
    installed.
    """

    speech_end: float
    paused: float
    resumed: float | None
    looked: str
    heard: str
    finishing: float
    said: str
    audio: float | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One clip as the product met it: `windows` of speech as the ear gives them, `pauses`, and the whole `final` text.

    `spoken` are the seconds of each window up to its last sound. `decoding` is the processor time in s of all that was
    decoded, `finishing` that of the last look, which is final.
    """

    name: str
    windows: tuple[float, ...]
    spoken: tuple[float, ...]
    pauses: tuple[Pause, ...]
    final: str
    decoding: float
    finishing: float


class Gathering:
    """Meets clips as the product would; what it finds is kept in `folder`."""

    def __init__(self, folder: Path, model: SmartTurn | None = None) -> None:
        self._folder = folder
        self._vad = SileroModel()
        self._turn = model or SmartTurn()
        self._settings = PipelineSettings()
        self._decoders: DecoderPool | None = None

    async def clip(self, clip: Clip) -> Evidence:
        """Return the evidence of one clip."""
        kept = self._folder / f"{clip.name}.evidence{EVIDENCE}.json"
        if not kept.exists():
            kept.write_text(json.dumps(asdict(await self._meet(clip))))
        facts = json.loads(kept.read_text())
        return Evidence(
            **facts
            | {name: tuple(facts[name]) for name in ("windows", "spoken")}
            | {"pauses": tuple(Pause(**pause) for pause in facts["pauses"])}
        )

    async def _meet(self, clip: Clip) -> Evidence:
        windows, spoken, found, began = self._pauses(clip.pcm)
        pool = self._pool()
        turn = clip.pcm[int(began * SAMPLE_RATE) :]
        pool.open(0, 0)
        at, decoding, looking, final, pauses = 0, 0.0, 0.0, "", []
        for speech_end, paused, resumed in found:
            until = int((paused - began) * SAMPLE_RATE)
            took, looked = _timed(partial(_feed, pool, turn[at:until]))
            looking, final = _timed(partial(pool.finish, 0))
            decoding, at = decoding + took + looking, until
            said = clip.said_until(speech_end)
            audio = await self._judge(turn[:until])
            pauses.append(Pause(speech_end, paused, resumed, looked, final, looking, said, audio))
        pool.close(0)
        return Evidence(clip.name, windows, spoken, tuple(pauses), final, decoding, looking)

    def _pauses(
        self, pcm: Pcm
    ) -> tuple[tuple[float, ...], tuple[float, ...], list[tuple[float, float, float | None]], float]:
        """Return the windows, what is spoken of each, each pause (speech end, found, resumed), and where it began."""
        taker, hush = TurnTaker(self._settings, _NEVER), Hush()
        windows: list[float] = []
        spoken: list[float] = []
        found: list[tuple[float, float, float | None]] = []
        began = 0.0
        for number, heard in enumerate(self._vad.open().feed(pcm)):
            start = number * WINDOW_SECONDS
            window = pcm[number * WINDOW : (number + 1) * WINDOW]
            hushed = hush.falls(window, in_turn=taker.in_turn)
            spoken.append(hush.spoken(window))
            probability = 0.0 if hushed else heard
            windows.append(probability)
            for change in taker.window(probability, start, WINDOW_SECONDS, spoken[-1]):
                match change:
                    case Started():
                        began = max(0.0, start + WINDOW_SECONDS - self._settings.pre_roll)
                    case Paused(speech_end=speech_end):
                        found.append((speech_end, start + WINDOW_SECONDS, None))
                    case Resumed(at=at):
                        found[-1] = (*found[-1][:2], at)
        return tuple(windows), tuple(spoken), found, began

    async def _judge(self, pcm: Pcm) -> float | None:
        try:
            return await self._turn.finished(pcm)
        except EngineError:
            return None

    def _pool(self) -> DecoderPool:
        if self._decoders is None:
            self._decoders = DecoderPool(Path.home() / ".cache" / "flux-voice", 1)
            self._decoders.load(0, tuple(load_agent("flux").vocabulary))
        return self._decoders


def _feed(pool: DecoderPool, pcm: Pcm) -> str:
    text = ""
    for at in range(0, len(pcm), _FRAME):
        text, _ = pool.feed(0, to_int16(pcm[at : at + _FRAME]).tobytes())
    return text


def _timed(work: Callable[[], str]) -> tuple[float, str]:
    began = _processor_time()
    text = work()
    return _processor_time() - began, text


def _processor_time() -> float:
    # A look is taken in a copy of the process.
    copies = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + copies.ru_utime + copies.ru_stime
