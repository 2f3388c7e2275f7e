"""One client on one socket, from its first message to the end of its call."""

import asyncio
from contextlib import suppress
from typing import Any, Final

import structlog
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from pipeline.events import EndReason
from web.errors import RequestError
from web.flood import Bucket, Limit
from web.loudspeaker import Pace
from web.sessions import Session, Sessions
from web.traffic import PACKET_BURST, PACKET_RATE
from web.voice_agent import server_messages as server
from web.voice_agent.client_messages import KeepAlive, RefusedError, parse
from web.voice_agent.conversation import AgentCall, AgentCallFactory
from web.voice_agent.settings_message import FRAMES_PER_SECOND, Settings
from web.voice_agent.transport import LEAD, AgentTransport

MAX_MESSAGE: Final = 1 << 20
"""Bytes of one message: 10 s of the finest sound, or a prompt with a long history."""

MAX_FRAME: Final = 12 << 20
"""Bytes of a message that is taken from the socket to be refused; at a larger one the socket just closes."""

CLOSE_TIMEOUT: Final = 2.0

MESSAGE_TIMEOUT: Final = 10.0
"""Seconds without any message after which a client is gone."""

FAST: Final = 1.04
AHEAD: Final = 4.5
"""How much faster than time goes by sound is taken, and how many s of it at once: below what the microphone drops."""

MAX_UNSENT: Final = 30 * FRAMES_PER_SECOND
LAST_WORDS: Final = 0.3
FLUSH_TIMEOUT: Final = 1.0

log = structlog.get_logger()


class Link:
    """Holds one call on `socket`; `serve` it once."""

    def __init__(
        self, socket: web.WebSocketResponse, session: Session, sessions: Sessions, make_call: AgentCallFactory
    ) -> None:
        self._socket = socket
        self._session = session
        self._sessions = sessions
        self._make_call = make_call
        self._outbox: asyncio.Queue[str | bytes] = asyncio.Queue()
        self._over = asyncio.Event()
        self._reason: EndReason = "error"
        self._said = b""
        self._messages = Limit(PACKET_RATE, PACKET_BURST, PACKET_BURST)
        self._sound = Bucket(FAST, AHEAD)

    async def serve(self) -> None:
        """Serve the client until its call is over or it has gone."""
        code: int = WSCloseCode.OK
        try:
            await self._socket.send_str(server.Welcome(request_id=str(self._session.caller.conversation_id)).encode())
            settings = await self._settings()
            if settings is not None:
                code = await self._hold(settings)
        except RefusedError as error:
            code = await self._fail(error.code, error.description, WSCloseCode.POLICY_VIOLATION)
        except RequestError as error:
            code = await self._fail("INTERNAL_SERVER_ERROR", error.message, WSCloseCode.TRY_AGAIN_LATER)
        except ConnectionError:
            pass  # gone
        except Exception as error:  # a fault of ours ends this call only, and its client is told
            log.error("a call over a socket broke off", error=repr(error), exc_info=True)
            text = "the server could not go on; its log has the cause"
            code = await self._fail("INTERNAL_SERVER_ERROR", text, WSCloseCode.INTERNAL_ERROR)
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(2 * CLOSE_TIMEOUT):  # a client that takes nothing takes no goodbye
                    await self._socket.close(code=code, message=self._said)

    async def stop(self) -> None:
        """End the call, or what would have become one: the server stops."""
        if self._session.call is not None:
            self._session.call.conversation.end("shutdown")
        else:
            await self._socket.close(code=WSCloseCode.GOING_AWAY)

    async def _settings(self) -> Settings | None:
        """Wait for the client's settings; None where it goes without any."""
        while (raw := await self._receive()) is not None:
            message = parse(raw) if isinstance(raw, str) else None
            if isinstance(message, Settings):
                return message
            if not isinstance(message, KeepAlive):
                raise RefusedError("NON_SETTINGS_MESSAGE_BEFORE_SETTINGS", "the first message must be Settings")
        return None

    async def _hold(self, settings: Settings) -> int:
        """Hold the call and return the code to close the socket with."""
        made: list[AgentCall] = []

        def make(session: Session) -> Any:
            made.append(self._make_call(session, settings))
            return made[0].call

        self._sessions.begin(self._session, make)
        conversation = made[0].conversation
        reason: EndReason = "error"
        tasks: list[asyncio.Task[Any]] = []
        try:
            transport = AgentTransport(
                conversation,
                settings,
                made[0].tools,
                self._outbox.put_nowait,
                now=asyncio.get_running_loop().time,
                over=self._end,
            )
            transport.greet(settings)
            conversation.attach(transport)
            reason = "link_lost"
            work = (self._read(transport), self._speak(transport), self._write(), self._over.wait())
            tasks += [asyncio.create_task(each) for each in work]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if self._over.is_set():
                return await self._say_goodbye()
            for task in done:
                task.result()  # raises what the client is to be told
            if self._socket.close_code != WSCloseCode.ABNORMAL_CLOSURE:
                reason = "caller"
            return WSCloseCode.OK
        except RefusedError as error:
            reason = "link_lost" if error.code == "CLIENT_MESSAGE_TIMEOUT" else "error"
            raise
        finally:
            conversation.end(reason)  # of no effect where it has ended by itself
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _end(self, reason: EndReason) -> None:
        self._reason = reason
        self._over.set()

    async def _say_goodbye(self) -> int:
        await asyncio.sleep(LEAD / FRAMES_PER_SECOND + LAST_WORDS)  # the last sound sent is still to be heard
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_TIMEOUT):
                await self._outbox.join()
        if self._reason == "error":
            return await self._fail("INTERNAL_SERVER_ERROR", "the call broke off", WSCloseCode.INTERNAL_ERROR)
        self._said = self._reason.encode()  # clients that show why may read it; those of Deepgram's do not
        return WSCloseCode.GOING_AWAY if self._reason == "shutdown" else WSCloseCode.OK

    async def _read(self, transport: AgentTransport) -> None:
        while (message := await self._receive()) is not None:
            if isinstance(message, str):
                transport.take(parse(message))
            elif not message:
                raise RefusedError("UNPARSABLE_CLIENT_MESSAGE", "a binary message must hold sound")
            else:
                for frame in transport.frames(message):
                    await self._in_time()
                    transport.hear(frame)

    async def _in_time(self) -> None:
        """Wait until a frame may be heard: a recording that is sent in one go is heard at about its own pace."""
        loop = asyncio.get_running_loop()
        while not self._sound.take(1 / FRAMES_PER_SECOND, loop.time()):  # noqa: ASYNC110 -- it is time that is awaited
            await asyncio.sleep(1 / FRAMES_PER_SECOND)

    async def _speak(self, transport: AgentTransport) -> None:
        loop, pace = asyncio.get_running_loop(), Pace()
        while True:
            await asyncio.sleep(max(0.0, pace.wait(loop.time())))
            transport.tick()
            if self._outbox.qsize() > MAX_UNSENT:
                raise RefusedError("CLIENT_MESSAGE_TIMEOUT", "the client takes no messages")

    async def _write(self) -> None:
        while True:
            message = await self._outbox.get()
            if isinstance(message, str):
                await self._socket.send_str(message)
            else:
                await self._socket.send_bytes(message)
            self._outbox.task_done()

    async def _receive(self) -> str | bytes | None:
        """Return the next message; None where the client has gone; raises RefusedError."""
        try:
            message: WSMessage = await self._socket.receive(timeout=MESSAGE_TIMEOUT)
        except TimeoutError as error:
            text = f"no message came for {MESSAGE_TIMEOUT:g} s: send sound, or KeepAlive where there is none"
            raise RefusedError("CLIENT_MESSAGE_TIMEOUT", text) from error
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            return None
        if self._messages.judge(1, asyncio.get_running_loop().time()) == "enough":
            raise RefusedError("UNPARSABLE_CLIENT_MESSAGE", "far more messages came than speech can need")
        data: str | bytes = message.data
        if len(data) > MAX_MESSAGE:
            raise RefusedError("UNPARSABLE_CLIENT_MESSAGE", f"a message is larger than {MAX_MESSAGE // 1024} KiB")
        return data

    async def _fail(self, code: str, description: str, close: int) -> int:
        if not self._socket.closed:
            with suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(FLUSH_TIMEOUT):
                    await self._socket.send_str(server.Error(description=description, code=code).encode())
        return close
