"""The server: who may come in, grants, and where Listen and Speak are found."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Mapping
from typing import Final
from uuid import uuid4

from aiohttp import web
from multidict import MultiMapping

from models.errors import EngineError
from models.stt import SpeechToText
from models.tts import TextToSpeech
from tests.deepgram.listen import ListenSession, Understanding, listen_query
from tests.deepgram.speak import SpeakSession, rest_sound, speak_query

KEY: Final = "emulated-key"
MEMBER: Final = frozenset({KEY})
_GRANTED: Final = 30.0
_LONGEST_GRANT: Final = 3600.0


class DeepgramEmulator:
    """Takes `KEY` and the tokens it grants. It fails as told to.

    `refusals` are the status and reason that the next upgrades get; `cuts` the seconds of audio after which each
    of the next Listen connections is cut; `deaf` how many of them take everything and answer nothing. `silence` is how
    long a Listen client may be silent, in seconds. Without `finalizes` it leaves every Finalize unanswered.
    `listened` and `spoken` hold all sessions so far.
    """

    def __init__(self, stt: SpeechToText, tts: TextToSpeech, *, silence: float = 10.0) -> None:
        self.stt = stt
        self.tts = tts
        self.silence = silence
        self.finalizes = True
        self.deaf = 0
        self.refusals: deque[tuple[int, str]] = deque()
        self.cuts: deque[float] = deque()
        self.listened: list[ListenSession] = []
        self.spoken: list[SpeakSession] = []
        self.authorizations: list[str] = []
        self._tokens: dict[str, float] = {}

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/v1/listen", self._listen)
        app.router.add_get("/v1/speak", self._speak)
        app.router.add_post("/v1/speak", self._speak_once)
        app.router.add_post("/v1/auth/grant", self._grant)
        return app

    async def _listen(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refusal(request):
            return refused
        try:
            query = listen_query(request.query)
            understanding = Understanding(self.stt.open(query.keyterms), query)
        except ValueError as error:
            return _refused(400, str(error))
        except EngineError:
            return _refused(429, "Too many streams.")
        socket = await self._upgraded(request)
        session = ListenSession(request, socket, query, understanding)
        session.silence, session.finalizes = self.silence, self.finalizes
        session.cut = self.cuts.popleft() if self.cuts else None
        self.listened.append(session)
        deaf, self.deaf = self.deaf > 0, max(0, self.deaf - 1)
        try:
            if deaf:
                await asyncio.Event().wait()  # until the client goes
            await session.run()
        finally:
            await understanding.close()
        return socket

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refusal(request):
            return refused
        try:
            query = speak_query(request.query)
        except ValueError as error:
            return _refused(400, str(error))
        session = SpeakSession(await self._upgraded(request), query, self.tts)
        self.spoken.append(session)
        await session.run()
        return session.socket

    async def _speak_once(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refusal(request):
            return refused
        try:
            query = speak_query(request.query, rest=True)
            text = (await request.json())["text"]
            if not isinstance(text, str) or not text.strip():
                raise ValueError("text must not be empty")
        except (ValueError, KeyError, TypeError) as error:
            return _refused(400, str(error))
        answer = web.StreamResponse(headers={"Content-Type": "audio/wav" if query.wav else "audio/l16"})
        await answer.prepare(request)
        async for part in rest_sound(self.tts, text, query):
            await answer.write(part)
        return answer

    async def _grant(self, request: web.Request) -> web.Response:
        if refused := self._refusal(request, MEMBER):
            return refused
        body = await request.text()
        try:
            seconds = float(json.loads(body or "{}").get("ttl_seconds", _GRANTED))
        except (ValueError, AttributeError, TypeError):
            return _refused(400, "ttl_seconds must be a number")
        if not 0 < seconds <= _LONGEST_GRANT:
            return _refused(400, "ttl_seconds must be between 1 and 3600")
        token = f"{uuid4().hex}.{uuid4().hex}.{uuid4().hex}"
        self._tokens[token] = time.monotonic() + seconds
        return web.json_response({"access_token": token, "expires_in": seconds})

    async def _upgraded(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("token", "bearer"), max_msg_size=0)
        socket.headers["dg-request-id"] = str(uuid4())
        await socket.prepare(request)
        return socket

    def _refusal(self, request: web.Request, keys: frozenset[str] | None = None) -> web.Response | None:
        """Return the answer for a client that may not come in; `keys` are the only secrets that will do, if given."""
        if self.refusals:
            return _refused(*self.refusals.popleft())
        scheme, secret = _credentials(request.headers)
        self.authorizations.append(scheme)
        granted = scheme == "bearer" and self._tokens.get(secret, 0.0) > time.monotonic()
        if (scheme == "token" and secret == KEY) or (granted and keys is None):
            return None
        return _refused(403 if granted else 401, "Invalid credentials.")


def _credentials(headers: MultiMapping[str]) -> tuple[str, str]:
    """Return scheme, in small letters, and secret: from the header, or as browsers send them."""
    if stated := headers.get("Authorization"):
        scheme, _, secret = stated.partition(" ")
    else:
        scheme, _, secret = headers.get("Sec-WebSocket-Protocol", "").partition(",")
    return scheme.strip().lower(), secret.strip()


def _refused(status: int, reason: str) -> web.Response:
    request_id = str(uuid4())
    body: Mapping[str, str] = {"err_code": f"E{status}", "err_msg": reason, "request_id": request_id}
    return web.json_response(body, status=status, headers={"dg-request-id": request_id, "dg-error": reason})
