"""A browser as the conversation sees it: events go out as RTVI, the client's messages come in."""

from collections.abc import Callable
from typing import Final

import structlog

from pipeline.events import Event
from web import client_messages as client
from web import rtvi
from web.client_clock import ClientClock
from web.conversations import LiveConversation
from web.flood import Bucket
from web.rtvi import RtviMessage

TYPED_RATE: Final = 1.0
TYPED_BURST: Final = 20.0
"""Typed turns at once and per second: each of them makes the model, which all calls share, begin anew."""

log = structlog.get_logger()


class RtviTransport:
    """Speaks RTVI with the client of `conversation`; satisfies `pipeline.seams.Transport`.

    `send` takes one encoded message and never blocks; `ready` is called when the client says that it is ready,
    `pinged` on each keep-alive; `now` is the loop's clock, `clock` takes
    what the client measures.
    """

    wants_audio = True

    def __init__(
        self,
        conversation: LiveConversation,
        send: Callable[[str], None],
        *,
        ready: Callable[[], None],
        pinged: Callable[[], None],
        now: Callable[[], float],
        user_id: str = "",
        clock: ClientClock | None = None,
    ) -> None:
        self._conversation = conversation
        self._clock = clock
        self._send = send
        self._ready = ready
        self._pinged = pinged
        self._user_id = user_id
        self._sent = 0
        self._typed = Bucket(TYPED_RATE, TYPED_BURST)
        self._now = now
        self._cut_off = False

    def tell(self, event: Event) -> None:
        """Send one event to the client."""
        for message in rtvi.messages(event, self._user_id):
            self.say(message)

    def say(self, message: RtviMessage) -> None:
        """Send one message to the client."""
        self._sent += 1
        self._send(message.encode(fallback_id=str(self._sent)))

    def take(self, raw: str | bytes) -> None:
        """Do what the client asks for; anything wrong with it becomes an `error` message."""
        try:
            self._obey(client.parse(raw))
        except Exception as error:  # the data channel's handler must not die of one message
            log.error("a client's message could not be served", error=type(error).__name__, exc_info=True)
            self.say(rtvi.fault("that could not be done; please try again"))

    def flooded(self, enough: bool) -> None:
        """Tell the client that it sends too much; when it is `enough`, end the call.

        A flood is no lost link: a client whose link is merely cut comes back by itself and does it again, up to three
        times, and holds its line meanwhile. An ended call stays ended, and its records are kept.
        """
        if not enough:
            self.say(rtvi.fault("you send more than the server takes; some of it was left out"))
            return
        if self._cut_off:
            return
        self._cut_off = True
        log.warning("the client floods its link; the call is ended")
        self.say(rtvi.fault("you kept sending more than the server takes; the call is over", fatal=True))
        self._conversation.end("error")

    def _obey(self, message: client.Known | client.Ping | client.Refused) -> None:
        conversation = self._conversation
        match message:
            case client.Ping():
                self._pinged()
            case client.Refused(id=None, reason=reason):
                self.say(rtvi.fault(reason))
            case client.Refused(id=request, reason=reason):
                self.say(RtviMessage("error-response", {"error": reason}, request))
            case client.ClientReady(id=id):
                about = {"library": "flux-voice"}
                self.say(RtviMessage("bot-ready", {"version": rtvi.VERSION, "about": about}, id))
                self._ready()
            case client.DisconnectBot():
                conversation.end("caller")
            case client.SendText() | client.AppendToContext() | client.Dtmf() if not self._typed.take(1, self._now()):
                self.say(rtvi.fault("too many messages at once; please wait a moment"))
            case client.SendText(data=data):
                options = data.options or client.TextOptions()
                conversation.send_text(data.content, interrupt=options.run_immediately, spoken=options.audio_response)
            case client.AppendToContext(data=data):
                self._append(data)
            case client.Dtmf(data=data):
                conversation.send_text(" ".join(data.buttons))
            case client.ToolResult():
                self.say(rtvi.fault("no tool of this agent runs in the client"))
            case client.Signalling(message=client.TrackStatus(receiver_index=0, enabled=enabled)):
                conversation.mute(not enabled)
            case client.Signalling():
                pass  # video: we take none
            case client.Request():
                self.say(self._answer(message))

    def _append(self, data: client.ContextData) -> None:
        if data.role == "user" and data.run_immediately:
            self._conversation.send_text(data.content)
        else:
            self.say(rtvi.fault("the history takes only the caller's own turns: use send-text"))

    def _answer(self, request: client.Request) -> RtviMessage:
        name, wanted = request.data.t, request.data.d
        match name, wanted:
            case "about", _:
                about = {"conversation_id": self._conversation.id, "speech_rate": self._conversation.speech_rate}
                return RtviMessage("server-response", {"t": name, "d": about}, request.id)
            case "mute", {"muted": bool(muted)}:
                self._conversation.mute(muted)
                return RtviMessage("server-response", {"t": name, "d": {"muted": muted}}, request.id)
            case "voice_to_voice", _ if self._clock is not None:
                return self._take_wait(request.id, client.heard_wait(wanted), self._clock)
            case "mute", _:
                return RtviMessage("error-response", {"error": "d.muted must be true or false"}, request.id)
        return RtviMessage("error-response", {"error": "this request is not known"}, request.id)

    @staticmethod
    def _take_wait(request: str, wait: client.HeardWait | client.Refused, clock: ClientClock) -> RtviMessage:
        refused = wait.reason if isinstance(wait, client.Refused) else clock.take(wait.turn, wait.ms)
        if refused is not None:
            return RtviMessage("error-response", {"error": refused}, request)
        return RtviMessage("server-response", {"t": "voice_to_voice", "d": None}, request)
