"""The calls that are held now."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from web.console.parts import ConsoleParts
from web.console_state import LiveCall
from web.sessions import Session


def live_calls(parts: ConsoleParts, sessions: Iterable[Session]) -> list[LiveCall]:
    """Tell of each call that is held, the longest first; session ids stay here, for who knows one may use it."""
    now = datetime.now(UTC)
    calls = [_told(parts, one, now) for one in sessions if one.call is not None and not one.call.ended]
    return sorted(calls, key=lambda call: call.started_at)


def held(sessions: Iterable[Session], tenant: str) -> set[UUID]:
    """Return the conversations of a tenant whose call is held now."""
    return {
        one.caller.conversation_id
        for one in sessions
        if one.caller.tenant_id == tenant and one.call is not None and not one.call.ended
    }


def _told(parts: ConsoleParts, session: Session, now: datetime) -> LiveCall:
    call, caller = session.call, session.caller
    assert call is not None  # only of those that have one
    began = session.started_at or now
    return LiveCall(
        conversation_id=caller.conversation_id,
        tenant=caller.tenant_id,
        user_id=caller.user_id,
        agent=parts.agent,
        link="socket" if call.over_socket else "webrtc",
        state="connected" if call.linked else "connecting",
        activity=call.progress.activity,
        started_at=began,
        seconds=max(0.0, (now - began).total_seconds()),
        turns=call.progress.turns,
        engines=parts.models,
        last_turn_ms=call.progress.last_turn_ms,
        problem=call.problem,
    )
