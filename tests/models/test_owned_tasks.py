import asyncio

from models.owned_tasks import OwnedTasks
from tests.clock import on_fake_clock


@on_fake_clock
async def test_who_is_through_in_a_second_may_end_and_all_others_are_cancelled() -> None:
    ended: list[str] = []

    async def work(name: str, seconds: float) -> None:
        try:
            await asyncio.sleep(seconds)
            ended.append(f"{name} in peace")
        except asyncio.CancelledError:
            ended.append(f"{name} cancelled")
            raise

    tasks = OwnedTasks()
    started = [tasks.start(work(name, seconds)) for name, seconds in (("short", 0.5), ("long", 60.0))]
    await tasks.close()
    assert all(task.done() for task in started) and asyncio.get_running_loop().time() < 3
    assert ended == ["short in peace", "long cancelled"]
    await tasks.close()
