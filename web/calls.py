"""The live calls: who owns each conversation, and which client is linked to it."""

import asyncio
import contextvars
import secrets
from collections import deque
from typing import Final

import structlog

from pipeline.events import EndReason
from web.client_clock import ClientClock
from web.conversations import CallOptions, LiveConversation
from web.errors import RequestError
from web.offer import MAX_CANDIDATES, Candidate, Offer, read_candidate
from web.progress import Progress
from web.recorder import Recorder
from web.rtc import LinkState, Peer, PeerOptions

FLUSH_TIMEOUT: Final = 0.5
LAST_WORDS: Final = 0.3
"""Seconds between the end of a conversation and of its link: sound handed out is still on its way."""

NO_PATH: Final = (
    "no way for the sound was found between you and the server; its operator has to open UDP, or name a TURN server"
)

log = structlog.get_logger()


class Call:
    """One conversation, its recorder and its current link; `run` owns all of it.

    Without `peers` it takes no WebRTC offers: a link of another kind holds it from its beginning to its end.
    """

    def __init__(
        self,
        conversation: LiveConversation,
        recorder: Recorder | None,
        call: CallOptions,
        peers: PeerOptions | None,
        clock: ClientClock | None = None,
    ) -> None:
        self.conversation = conversation
        self.pc_id = _new_pc_id()
        self.problem: str | None = None
        self.ended = False
        self.progress = Progress()
        self._recorder = recorder
        self._clock = clock
        self._user_id = str(call.user_id)
        self._options = peers
        self._peer: Peer | None = None
        self._attached: Peer | None = None
        self._greeted = False
        self._early: deque[Candidate] = deque(maxlen=MAX_CANDIDATES)
        self._negotiating = asyncio.Lock()
        self._running = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        self._context: contextvars.Context | None = None

    @property
    def linked(self) -> bool:
        """Whether a client is attached."""
        return self._attached is not None or self._options is None

    @property
    def over_socket(self) -> bool:
        """Whether its link is a socket that it began with, and not WebRTC."""
        return self._options is None

    @property
    def used(self) -> bool:
        """Whether any client's offer was ever answered."""
        return self._peer is not None

    async def run(self) -> EndReason:
        """Hold the call until its conversation is over and everything of it is closed and handed to the recorder."""
        reason: EndReason = "error"
        self.conversation.watch(self.progress.watch)
        if self._recorder is not None:
            self.conversation.watch(self._recorder.watch)
        async with asyncio.TaskGroup() as tasks:
            self._tasks, self._context = tasks, contextvars.copy_context()
            self._running.set()
            try:
                reason = await self.conversation.run()
            except asyncio.CancelledError:
                reason = "shutdown"
                raise
            except Exception as error:
                log.error("the conversation broke off", error=repr(error), exc_info=True)
            finally:
                self.ended = True
                self._running.set()
                if self._recorder is not None:
                    self._recorder.finish(reason)
                await self._hang_up()
        return reason

    async def negotiate(self, offer: Offer) -> str:
        """Answer a cleaned offer: a first client's, the same one's (renegotiation, restart), or a rival's."""
        if self._options is None:
            raise RequestError(409, "other_link", "this call is held over a socket; start a new one")
        await self._running.wait()
        sdp = offer.sdp
        async with self._negotiating:
            peer = self._peer
            if peer is not None and offer.pc_id and not offer.restart_pc and peer.continues(sdp):
                return await peer.answer(sdp)
            fresh = Peer(
                self.conversation,
                self._options,
                self._on_link,
                user_id=self._user_id,
                greeted=self._greeted,
                clock=self._clock,
            )
            try:
                answer = await fresh.answer(sdp)
                self._refuse_if_ended()
            except BaseException:
                await fresh.close()
                raise
            if peer is not None and offer.pc_id is None:
                self.pc_id = _new_pc_id()  # another client takes over: the earlier one must not win the call back
                peer.say_left()
            await self._replace(peer, fresh)
            return answer

    async def trickle(self, candidates: list[Candidate]) -> None:
        """Take candidates for the current link, or keep them for the one whose offer is still to come."""
        for candidate in candidates:
            read = read_candidate(candidate)
            if read is None:
                continue
            async with self._negotiating:
                if self._peer is not None and self._peer.owns(read[1]):
                    await self._peer.add(candidate)
                else:
                    self._early.append(candidate)

    async def _replace(self, old: Peer | None, fresh: Peer) -> None:
        if self._tasks is None:
            raise RuntimeError("the call does not run")
        self._peer, self.problem = fresh, None
        self._tasks.create_task(self._serve(fresh), context=self._context)
        early = [candidate for candidate in self._early if (read := read_candidate(candidate)) and fresh.owns(read[1])]
        self._early.clear()
        for candidate in early:
            await fresh.add(candidate)
        if old is not None:
            self._unlink(old)
        self.conversation.expect(fresh.connect_timeout)
        if old is not None:
            await old.close()

    @staticmethod
    async def _serve(peer: Peer) -> None:
        try:
            await peer.run()
        except Exception as error:  # a broken link is a lost link: the client may come back, the call goes on
            log.error("the link broke off", error=repr(error), exc_info=True)

    def _refuse_if_ended(self) -> None:
        if self.ended:
            raise RequestError(409, "call_ended", "this call is over; start a new one")

    def _on_link(self, peer: Peer, state: LinkState) -> None:
        if peer is not self._peer or self.ended:
            return
        if state == "up":
            self._attached, self._greeted = peer, True
            self.conversation.attach(peer.transport)
        elif state == "down":
            self._unlink(peer)
        else:
            self.problem = NO_PATH
            if not self._greeted:  # nobody was ever there: the conversation has nobody to wait for
                self.conversation.end("link_lost")

    def _unlink(self, peer: Peer) -> None:
        if self._attached is peer:
            self._attached = None
            self.conversation.detach()

    async def _hang_up(self) -> None:
        async with self._negotiating:
            peer, self._attached = self._peer, None
            if peer is None:
                return
            if peer.connected:
                peer.say_left()
                await asyncio.sleep(LAST_WORDS)
                await self._flush(peer)
            await peer.close()

    @staticmethod
    async def _flush(peer: Peer) -> None:
        try:
            async with asyncio.timeout(FLUSH_TIMEOUT):
                while peer.unsent and not peer.over:  # noqa: ASYNC110 -- aiortc has no event for it
                    await asyncio.sleep(0.02)
        except TimeoutError:
            pass


def _new_pc_id() -> str:
    return secrets.token_urlsafe(16)
