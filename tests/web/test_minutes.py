"""What the server records and what a client posts of the same words is one message, whichever comes first."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from dao.records import MessageDraft, Role
from tests.clock import run_on_fake_clock
from web.minutes import PATIENCE, Minutes

NOW = datetime(2026, 5, 1, tzinfo=UTC)


class Session:
    """Records and posts as recorder and desk do; `kept` is what ends up among the records."""

    def __init__(self) -> None:
        self.minutes = Minutes()
        self.minutes.begin()
        self.kept: list[tuple[UUID, str]] = []

    def record(self, role: Role, content: str, *, cut: bool = False) -> UUID:
        metadata: dict[str, Any] = {"turn": 1} | ({"interrupted": True} if cut else {})
        message = MessageDraft(
            id=uuid4(),
            conversation_id=uuid4(),
            role=role,
            content=content,
            input_modality="voice",
            metadata=metadata,
            created_at=NOW,
        )
        if self.minutes.record(message):
            self.kept.append((message.id, content))
            self.minutes.kept(message.id)
        return message.id

    async def post(self, role: Role, content: str) -> UUID:
        found = await self.minutes.told(role, content)
        if found is None:
            found = uuid4()
            with self.minutes.storing(role, content):
                self.kept.append((found, content))
        return found

    @property
    def contents(self) -> list[str]:
        return [content for _, content in self.kept]


def on_fake_clock(test: Callable[[Session], Awaitable[None]]) -> Callable[[], None]:
    def run() -> None:
        async def call() -> None:
            await test(Session())

        run_on_fake_clock(call())

    return run


@on_fake_clock
async def test_a_post_after_the_record_has_its_id(session: Session) -> None:
    recorded = session.record("user", "Remind me, please.")
    assert await session.post("user", "remind me please") == recorded
    assert session.contents == ["Remind me, please."]


@on_fake_clock
async def test_a_post_before_the_record_waits_for_it(session: Session) -> None:
    post = asyncio.create_task(session.post("assistant", "Hello there."))
    await asyncio.sleep(PATIENCE / 2)
    recorded = session.record("assistant", "Hello there.")
    assert await post == recorded and len(session.kept) == 1


@on_fake_clock
async def test_the_same_words_twice_are_two_messages_in_their_order(session: Session) -> None:
    first, second = session.record("user", "yes"), session.record("user", "yes")
    assert [await session.post("user", "yes"), await session.post("user", "Yes!")] == [first, second]


@on_fake_clock
async def test_sentences_of_one_answer_are_one_message(session: Session) -> None:
    recorded = session.record("assistant", "Done. Anything else?")
    assert {await session.post("assistant", "Done."), await session.post("assistant", "Anything else?")} == {recorded}


@on_fake_clock
async def test_of_an_answer_that_was_cut_short_the_client_may_tell_the_whole(session: Session) -> None:
    recorded = session.record("assistant", "Your tasks are", cut=True)
    assert await session.post("assistant", "Your tasks are milk and bread.") == recorded
    assert session.contents == ["Your tasks are"]


@on_fake_clock
async def test_a_role_is_matched_only_with_its_own(session: Session) -> None:
    session.record("user", "hello")
    post = asyncio.create_task(session.post("assistant", "hello"))
    await asyncio.sleep(PATIENCE + 1)
    assert post.done() and session.contents == ["hello", "hello"]


@on_fake_clock
async def test_what_nobody_records_is_stored_as_it_was_sent(session: Session) -> None:
    began = asyncio.get_running_loop().time()
    await session.post("user", "only the client knows")
    assert asyncio.get_running_loop().time() - began == pytest.approx(PATIENCE)
    assert session.contents == ["only the client knows"]


@on_fake_clock
async def test_a_record_that_comes_too_late_is_left_out(session: Session) -> None:
    await session.post("assistant", "A very long answer.")
    session.record("assistant", "A very long", cut=True)
    session.record("assistant", "A very long answer.")
    assert session.contents == ["A very long answer.", "A very long answer."]  # the second was said anew


@on_fake_clock
async def test_a_post_that_could_not_be_stored_hides_no_record(session: Session) -> None:
    with pytest.raises(OSError), session.minutes.storing("user", "hello"):
        raise OSError
    session.record("user", "hello")
    assert session.contents == ["hello"]


@on_fake_clock
async def test_the_end_of_the_call_lets_go_who_waits(session: Session) -> None:
    post = asyncio.create_task(session.post("user", "bye"))
    await asyncio.sleep(1)
    session.minutes.end()
    await asyncio.wait_for(post, 1)
    assert session.contents == ["bye"]


@on_fake_clock
async def test_without_a_call_nothing_waits(session: Session) -> None:
    session.minutes.end()
    began = asyncio.get_running_loop().time()
    await session.post("user", "hello")
    assert asyncio.get_running_loop().time() == began


@on_fake_clock
async def test_a_record_that_cannot_be_written_is_not_called_saved(session: Session) -> None:
    message = MessageDraft(
        id=uuid4(), conversation_id=uuid4(), role="user", content="hi", input_modality="voice", created_at=NOW
    )
    session.minutes.record(message)
    with pytest.raises(TimeoutError):
        await session.post("user", "hi")
