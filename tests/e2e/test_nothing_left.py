"""Fifty calls in a row and four at once leave nothing behind in the server that held them."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path

MOST_GROWTH = {"soak": 64_000, "soak_at_once": 256_000}
"""Bytes per call; the objects of one call that was never freed take some hundred thousand.

Four rounds at once are few: one more piece of the allocator's is a slope of tens of thousands.
"""


async def test_calls_leave_no_task_thread_process_socket_handle_or_file(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    command = ("-m", "benchmarks.soak", "--calls", "50", "--crowd", "4", "--crowds", "4", "--results", str(tmp_path))
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE)
    told = (await process.communicate())[0].decode()
    record_property("told", told)
    for name, at_once in (("soak", 1), ("soak_at_once", 4)):
        found = json.loads((tmp_path / f"{name}.json").read_text())
        assert found["at_once"] == at_once
        assert found["failed"] == []
        assert found["left"] == {}
        assert len(found["endings"]) == 7
        assert found["memory_bytes_per_call"] < MOST_GROWTH[name], found["memory"]
    assert process.returncode == 0
