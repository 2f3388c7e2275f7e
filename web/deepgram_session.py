"""A session whose conversation Deepgram holds itself: its token, and what its Voice Agent is to be."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from intents.agent import Agent
from models.errors import EngineError
from models.stt.keyterms import keyterms
from web.settings import Settings

HEARD_RATE: Final = 16_000
SPOKEN_RATE: Final = 24_000
"""Hz of the 16-bit samples that the client sends and gets."""
_TEMPERATURE: Final = 0.3


class MintedSession(NamedTuple):
    """A token that opens one session before `expires`, and the Settings message to begin it with."""

    token: str
    config: dict[str, Any]
    expires: datetime


async def mint(agent: Agent, settings: Settings) -> MintedSession:
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
    return MintedSession(grant.access_token, voice_agent(agent, settings), asked + lasts)


def voice_agent(agent: Agent, settings: Settings) -> dict[str, Any]:
    """Return the Settings message of Deepgram's Voice Agent for `agent`; the client runs its functions."""
    cloud, language = settings.deepgram, settings.stt.language
    listen: dict[str, Any] = {
        "type": "deepgram",
        "version": "v1",
        "model": cloud.listen_model,
        "language": language,
        "smart_format": False,  # times are told as they were said: handlers understand words
    }
    if terms := keyterms(agent.vocabulary, cloud.listen_model):
        listen["keyterms"] = terms
    functions = [
        {
            "name": intent.spec.name,
            "description": intent.spec.description,
            "parameters": intent.spec.parameters,
            "defer_until_eot": True,  # an effect is for a finished turn only
        }
        for intent in agent.intents
    ]
    return {
        "type": "Settings",
        "mip_opt_out": not cloud.train,
        "flags": {"history": True},
        "audio": {
            "input": {"encoding": "linear16", "sample_rate": HEARD_RATE},
            "output": {"encoding": "linear16", "sample_rate": SPOKEN_RATE, "container": "none"},
        },
        "agent": {
            "listen": {"provider": listen},
            "think": {
                "provider": {"type": cloud.think_provider, "model": cloud.think_model, "temperature": _TEMPERATURE},
                "prompt": agent.prompt,
                "functions": functions,
            },
            "speak": {"provider": {"type": "deepgram", "model": cloud.speak_model}},
            "greeting": agent.greeting,
        },
    }
