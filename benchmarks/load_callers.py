"""The callers of `benchmarks/load.py`: some calls at once in a process of their own, which writes a JSON line each.

    python -m benchmarks.load_callers KIND URL CALLS TURNS SEED SECONDS

`KIND` is ours or pipecat. The calls begin spread over `SECONDS`, so that they do not speak in step.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.peer_clients import flux_client, pipecat_client
from benchmarks.talk import Spoken, as_json, clips, converse, schedule


async def hold(kind: str, url: str, said: Sequence[Spoken], delay: float) -> dict[str, Any]:
    """Hold one call; a call that fails is told with the turns it had."""
    await asyncio.sleep(delay)
    turns, fault = [], None
    try:
        async with {"ours": flux_client, "pipecat": pipecat_client}[kind](url) as client:
            await client.connect(within=60)
            async for turn in converse(client, said):
                turns.append(as_json(turn))
    except Exception as error:  # a call that failed is a result
        fault = repr(error)
    return {"turns": turns, "fault": fault}


async def main(kind: str, url: str, calls: int, turns: int, seed: int, seconds: float) -> None:
    """Hold the calls and print them."""
    spoken = clips()
    work = (
        hold(kind, url, schedule(spoken, turns, seed + number), seconds * number / calls) for number in range(calls)
    )
    for call in await asyncio.gather(*work):
        print(json.dumps(call))


if __name__ == "__main__":
    _kind, _url, _calls, _turns, _seed, _seconds = sys.argv[1:]
    asyncio.run(main(_kind, _url, int(_calls), int(_turns), int(_seed), float(_seconds)))
