"""The DAO in a thread of its own, beside a loop that carries voices."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from threading import Thread

from dao.service import serve_dao
from dao.settings import DaoSettings


@asynccontextmanager
async def serve_dao_apart(settings: DaoSettings) -> AsyncIterator[str]:
    """Serve the DAO in a thread of its own while the context is open; yields its address.

    Neither waits for the other's work. Raises what `dao.service.serve_dao` raises.
    """
    started, stop, ended = Future[str](), Future[None](), Future[None]()

    async def serve() -> None:
        async with serve_dao(settings) as server:
            started.set_result(server.url)
            await asyncio.wrap_future(stop)

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            (ended if started.done() else started).set_exception(error)
        finally:
            if not ended.done():
                ended.set_result(None)

    thread = Thread(target=run, name="dao", daemon=True)
    thread.start()
    try:
        yield await asyncio.shield(asyncio.wrap_future(started))
    finally:
        stop.set_result(None)
        await asyncio.shield(asyncio.wrap_future(ended))
        thread.join()  # it has nothing more to do
