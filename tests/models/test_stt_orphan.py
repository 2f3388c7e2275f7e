"""A server that is killed takes its decoder processes along."""

import os
import select
import subprocess
import sys
from pathlib import Path

SERVER = """
import asyncio, sys
from pathlib import Path
from models.stt.pocketsphinx import PocketsphinxEngine

async def main():
    engine = PocketsphinxEngine(1, cache=Path(sys.argv[1]))
    await engine.warm()
    print(*engine.pids, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_a_killed_server_leaves_no_decoder(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SERVER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        worker = os.pidfd_open(int(server.stdout.readline()))
        try:
            server.kill()
            ended, _, _ = select.select([worker], [], [], 30)
            assert ended
        finally:
            os.close(worker)
