"""A session whose conversation Deepgram holds itself: its token, and what its Voice Agent is to be."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog

from intents.agent import Agent
from models.errors import EngineError
from models.stt.keyterms import keyterms
from web.backends import Grant, settings_message
from web.errors import RequestError
from web.sessions import Session
from web.settings import Settings

_TEMPERATURE: Final = 0.3

log = structlog.get_logger()


class DeepgramBackend:
    """Speech at Deepgram, which holds the whole conversation with the session's client."""

    def __init__(self, agent: Agent, settings: Settings) -> None:
        self._agent, self._settings = agent, settings

    async def grant(self, session: Session, base_url: str) -> Grant:
        """Return a token of Deepgram's; raises a 503 where it gives none."""
        try:
            return await mint(self._agent, self._settings)
        except EngineError as error:
            log.warning("no session at Deepgram", error=str(error))
            raise RequestError(503, "backend_unavailable", f"no session at Deepgram can begin now: {error}") from error


async def mint(agent: Agent, settings: Settings) -> Grant:
    """Ask Deepgram for a short-lived token for a session with `agent`.

    Caller and agent are then heard by Deepgram and by the language model it asks; only what the agent does comes back
    to this box. Raises EngineError: without the extra, without a key, or where Deepgram refuses.
    """
    try:
        import httpx
        from deepgram.core.api_error import ApiError

        from models.deepgram import DeepgramAccount
    except ImportError as missing:
        raise EngineError(
            f"sessions at Deepgram need the extra deepgram: run pip install 'flux-voice[deepgram]' ({missing})"
        ) from missing
    account = DeepgramAccount(settings.deepgram)
    asked = datetime.now(UTC)
    try:
        grant = await account.client.auth.v1.tokens.grant(ttl_seconds=settings.deepgram.token_ttl)
    except (ApiError, httpx.HTTPError, OSError) as error:
        raise account.failure(error) from error
    finally:
        await account.close()
    lasts = timedelta(seconds=grant.expires_in or settings.deepgram.token_ttl)
    return Grant(grant.access_token, voice_agent(agent, settings), asked + lasts)


def voice_agent(agent: Agent, settings: Settings) -> dict[str, Any]:
    """Return the Settings message of Deepgram's Voice Agent for `agent`; the client runs its functions."""
    cloud = settings.deepgram
    listen: dict[str, Any] = {
        "type": "deepgram",
        "version": "v1",
        "model": cloud.listen_model,
        "language": settings.stt.language,
        "smart_format": False,  # times are told as they were said: handlers understand words
    }
    if terms := keyterms(agent.vocabulary, cloud.listen_model):
        listen["keyterms"] = terms
    think = {"type": cloud.think_provider, "model": cloud.think_model, "temperature": _TEMPERATURE}
    providers = {"listen": listen, "think": think, "speak": {"type": "deepgram", "model": cloud.speak_model}}
    return settings_message(agent, providers) | {"mip_opt_out": not cloud.train, "flags": {"history": True}}
