"""Processor time of a call's sound: `python -m benchmarks.transport_cpu --help`."""

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks.arguments import parser
from benchmarks.conditions import conditions, heading
from benchmarks.reports import keep
from benchmarks.voice_link import SPEECH_RATE, Caller, Ear, Mouth, looped, our_server, stock_server
from models.audio import Pcm, silence
from tests import speech
from web.loudspeaker import FRAME

CALLS: Final = 6
ROUNDS: Final = 3
SETTLE: Final = 1.5
SPEAKS: Final = {"all the time": 1.0, "half of the time": 0.5}
"""How much of a call the agent speaks: as much as it can, and as much as the caller."""

PERIOD: Final = 150
"""Frames of one piece of speech and the silence after it."""

SERVERS: Final[dict[str, Callable[..., Any]]] = {"stock aiortc": stock_server, "ours": our_server}

HELP = """\
Holds real WebRTC calls, once by our path and once by aiortc as it comes, and takes the processor time of the serving
process: encryption, ICE, decoding to 16 kHz, encoding of 22.05 kHz. The caller sends speech all the time; the agent
speaks all the time, which no agent does, and then half of it, which is a talkative one.

The clients run in a process of their own. The two servers take turns, so that both meet the same machine.
"""


class Callers:
    """The process with the clients."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    @contextlib.asynccontextmanager
    async def start(cls) -> "AsyncIterator[Callers]":
        """Start the process, and end it in the end."""
        command = (sys.executable, "-m", "benchmarks.transport_cpu", "--as-callers")
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=1 << 24)
        try:
            yield cls(process)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def ask(self, what: object) -> Any:
        """Send one request and return what is answered; raises RuntimeError when the process is gone."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(what).encode() + b"\n")
        if not (line := await self._process.stdout.readline()):
            raise RuntimeError("the process with the clients ended; its complaint is above")
        return json.loads(line)


async def be_callers() -> None:
    """Do as the requests on the standard input say: a number of calls to offer, then their answers, then null."""
    loop = asyncio.get_running_loop()
    words = speech.load("goal_1_rms")
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        callers = [Caller(Mouth(words)) for _ in range(json.loads(line))]
        print(json.dumps([await caller.offer() for caller in callers]), flush=True)
        answers = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
        await asyncio.gather(*(one.accept(text) for one, text in zip(callers, answers, strict=True)))
        print(json.dumps("connected"), flush=True)
        await loop.run_in_executor(None, sys.stdin.readline)
        heard = [caller.heard for caller in callers]
        await asyncio.gather(*(caller.close() for caller in callers))
        print(json.dumps(heard), flush=True)


class _Voice:
    """What the agent says in `share` of the time, a second and a bit at once, and how many frames were asked for."""

    def __init__(self, share: float) -> None:
        self.asked = 0
        self._share = share
        self._read = looped("goal_1_slt", SPEECH_RATE)

    def __call__(self, samples: int) -> Pcm:
        self.asked += 1
        speaks = self.asked % PERIOD < self._share * PERIOD
        return self._read(samples) if speaks else silence(samples)


@dataclass(frozen=True, slots=True)
class _Look:
    """Processor seconds of this process, all threads, and frames both ways."""

    user: float
    system: float
    heard: int
    said: int

    @classmethod
    def now(cls, ears: Sequence[Ear], voices: Sequence[_Voice]) -> "_Look":
        times = os.times()
        return cls(times.user, times.system, sum(ear.frames() for ear in ears), sum(one.asked for one in voices))

    def __sub__(self, other: "_Look") -> "_Look":
        return _Look(
            self.user - other.user, self.system - other.system, self.heard - other.heard, self.said - other.said
        )


async def measure(callers: Callers, name: str, calls: int, seconds: float, share: float) -> dict[str, float]:
    """Hold so many calls for so long and return what one call cost."""
    async with contextlib.AsyncExitStack() as stack:
        ears = [Ear() for _ in range(calls)]
        voices = [_Voice(share) for _ in ears]
        answer = [
            await stack.enter_async_context(SERVERS[name](ear, voice)) for ear, voice in zip(ears, voices, strict=True)
        ]
        offers = await callers.ask(calls)
        await callers.ask([await give(offer) for give, offer in zip(answer, offers, strict=True)])
        await asyncio.sleep(SETTLE)
        before, begun = _Look.now(ears, voices), time.monotonic()
        await asyncio.sleep(seconds)
        seen, wall = _Look.now(ears, voices) - before, time.monotonic() - begun
        await callers.ask(None)
    full = calls * wall / FRAME
    return {
        # Both directions of 20 ms: a machine that is busy with other things sends and hears fewer of them.
        "cpu_ms_per_frame_pair": (seen.user + seen.system) * 1000 / ((seen.heard + seen.said) / 2),
        "user_ms": seen.user * 1000 / ((seen.heard + seen.said) / 2),
        "frames_heard": seen.heard / full,
        "frames_said": seen.said / full,
    }


Rounds = dict[str, list[dict[str, float]]]


async def compare(calls: int, seconds: float, rounds: int) -> dict[str, Rounds]:
    """Measure both servers in turns, by how much the agent speaks; a first round of each is thrown away."""
    seen: dict[str, Rounds] = {speaks: {name: [] for name in SERVERS} for speaks in SPEAKS}
    async with Callers.start() as callers:
        for name in SERVERS:
            await measure(callers, name, 1, 1.0, 1.0)
        for number in range(rounds):
            for speaks, share in SPEAKS.items():
                for name in list(SERVERS)[:: 1 if number % 2 else -1]:
                    seen[speaks][name].append(await measure(callers, name, calls, seconds, share))
    return seen


def report(seen: Rounds) -> dict[str, Any]:
    """Return what is written down: the median of the rounds, and how many more calls a core holds."""
    middle = {
        name: {key: statistics.median(one[key] for one in rounds) for key in rounds[0]} for name, rounds in seen.items()
    }
    cost = {name: one["cpu_ms_per_frame_pair"] for name, one in middle.items()}
    per_round = [
        stock["cpu_ms_per_frame_pair"] / ours["cpu_ms_per_frame_pair"]
        for stock, ours in zip(seen["stock aiortc"], seen["ours"], strict=True)
    ]
    return {
        "rounds": seen,
        "median": middle,
        "calls_per_core_ratio": cost["stock aiortc"] / cost["ours"],
        "ratio_of_each_round": per_round,
    }


def show(speaks: str, result: dict[str, Any], console: Console) -> None:
    """Print the table."""
    table = Table(title=f"Sound of a call whose agent speaks {speaks}")
    for title in ("", "CPU ms per 20 ms both ways", "of it user", "calls per core", "frames heard", "said"):
        table.add_column(title, justify="right" if title else "left")
    for name, one in result["median"].items():
        cost = one["cpu_ms_per_frame_pair"]
        heard, said = f"{one['frames_heard']:.0%}", f"{one['frames_said']:.0%}"
        table.add_row(name, f"{cost:.2f}", f"{one['user_ms']:.2f}", f"{FRAME * 1000 / cost:.0f}", heard, said)
    console.print(table)
    low, high = min(result["ratio_of_each_round"]), max(result["ratio_of_each_round"])
    console.print(f"calls per core, ours / stock: {result['calls_per_core_ratio']:.2f} ({low:.2f}-{high:.2f})")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark from the command line."""
    wanted = parser(HELP)
    wanted.add_argument("--calls", type=int, default=CALLS, help=f"calls at once (default {CALLS})")
    wanted.add_argument("--seconds", type=float, default=8.0, help="length of a round (default 8)")
    wanted.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds of each server (default {ROUNDS})")
    wanted.add_argument("--as-callers", action="store_true", help=argparse.SUPPRESS)
    options = wanted.parse_args(arguments)
    if options.as_callers:
        asyncio.run(be_callers())
        return
    console = Console(width=120)
    before = conditions()
    seen = asyncio.run(compare(options.calls, options.seconds, options.rounds))
    found = {speaks: report(rounds) for speaks, rounds in seen.items()}
    console.print(heading(before), highlight=False)
    for speaks, one in found.items():
        show(speaks, one, console)
    result = {"calls": options.calls, "seconds": options.seconds, "agent_speaks": found}
    whole = options.rounds >= ROUNDS and options.calls >= CALLS
    keep("transport_cpu", result, before, options.results, whole=whole, console=console)


if __name__ == "__main__":
    main()
