"""Where the speech of a session runs: each backend mints what its client needs to connect there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from intents.agent import Agent
from web.sessions import Session
from web.tokens import Tokens

BackendName = Literal["local", "deepgram"]

SOCKET: str = "/v1/agent/converse"
INPUT_RATE, OUTPUT_RATE = 16_000, 24_000
"""Hz of the 16-bit samples that the client sends and gets."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a client needs: a token for the socket, and the Voice Agent `Settings` that it sends there."""

    token: str
    config: Mapping[str, Any]
    expires_at: datetime | None = None


class Backend(Protocol):
    """Mints for one backend."""

    async def grant(self, session: Session, base_url: str) -> Grant:
        """Return what the session's client needs; `base_url` is where it reached this server.

        Raises RequestError with status 503 when the backend cannot be asked.
        """


class LocalBackend:
    """Speech through this server: the session's own token, and the agent as it is configured here.

    `models` names the engines that listen, think and speak; `language` is the one that they know.
    """

    def __init__(self, agent: Agent, tokens: Tokens, models: Mapping[str, str], language: str = "en") -> None:
        self._agent = agent
        self._tokens = tokens
        self._models = models
        self._language = language

    async def grant(self, session: Session, base_url: str) -> Grant:
        """Return a fresh token for the session."""
        caller = session.caller
        token, expires = self._tokens.make(
            session.id, caller.conversation_id, caller.user_id, caller.tenant_id, session.owner.key
        )
        url = base_url.replace("http", "ws", 1) + SOCKET
        return Grant(token, {"url": url, **settings_message(self._agent, self._providers())}, expires)

    def _providers(self) -> dict[str, dict[str, str]]:
        providers = {part: {"type": "flux_voice", "model": name} for part, name in self._models.items()}
        return providers | {"listen": {**providers["listen"], "language": self._language}}


def settings_message(agent: Agent, providers: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return a complete Voice Agent `Settings` message; its client runs the functions.

    `providers` has those that `listen`, `think` and `speak`.
    """
    return {
        "type": "Settings",
        "audio": {
            "input": {"encoding": "linear16", "sample_rate": INPUT_RATE},
            "output": {"encoding": "linear16", "sample_rate": OUTPUT_RATE, "container": "none"},
        },
        "agent": {
            "listen": {"provider": providers["listen"]},
            "think": {"provider": providers["think"], "prompt": agent.prompt, "functions": _functions(agent)},
            "speak": {"provider": providers["speak"]},
            "greeting": agent.greeting,
        },
    }


def _functions(agent: Agent) -> list[dict[str, Any]]:
    return [
        {
            "name": intent.spec.name,
            "description": intent.spec.description,
            "parameters": intent.spec.parameters,
            "defer_until_eot": True,  # an effect is for a finished turn only
        }
        for intent in agent.intents
    ]
