"""Hold the first conversations: 12 spoken sentences by 2 voices, through a real browser, down to the kept record.

Starts `flux-voice serve` with fresh data, opens its page in headless Chromium with a recording as the microphone,
and compares what the page showed and what the data service then holds with what was said. Prints a table, writes
`benchmarks/results/first_conversation.json` and `docs/first-conversation.md`; wrong ones stay in it, with the reason.
"""

import asyncio
import json
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

import click
from playwright.async_api import Playwright, async_playwright
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks.browser_call import Seen, hold_call, write_microphone
from benchmarks.expected_records import EXPECTED, Expected, plain
from benchmarks.own_server import OwnServer, own_server
from dao.client import DaoClient
from dao.records import ConversationDraft, Goal, Origin, RescheduleDraft, Task, TaskDraft, UserDraft
from tests.speech import SENTENCES, load
from web.owner import LOCAL_USER

ROOT: Final = Path(__file__).resolve().parent.parent
RESULTS: Final = ROOT / "benchmarks/results/first_conversation.json"
PAGE: Final = ROOT / "docs/first-conversation.md"
VOICES: Final = ("rms", "slt")
NEEDED: Final = 20 / 24
TAIL: Final = 30.0


@dataclass(frozen=True, slots=True)
class Result:
    """How one conversation came out; `wrong` is empty when all was right."""

    name: str
    voice: str
    said: str
    heard: str
    intent: str
    slots: str
    answer: str
    voice_to_voice: float | None
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """What the data service holds for the caller, and the tasks laid in it to be moved."""

    dao: DaoClient
    zone: ZoneInfo

    async def open(self) -> None:
        """Bring the caller and the tasks that the reschedules are about."""
        await self.dao.put_user(UserDraft(id=LOCAL_USER, timezone=self.zone.key))
        for title in (expected.moves for expected in EXPECTED.values()):
            if title:
                await self.dao.create_task(
                    TaskDraft(
                        user_id=LOCAL_USER,
                        title=title,
                        trigger_type="time",
                        trigger_at=self.before(),
                        origin=await self.origin(),
                    )
                )

    def before(self) -> datetime:
        """Return when a task stands that is to be moved: in four days, at a time that no sentence names."""
        return datetime.now(self.zone).replace(hour=8, minute=20, second=0, microsecond=0) + timedelta(days=4)

    async def origin(self) -> Origin:
        """Begin a conversation of the benchmark's own, to write from."""
        now = datetime.now(UTC)
        draft = ConversationDraft(
            id=uuid4(), user_id=LOCAL_USER, agent="flux", voice_session_id="benchmark", started_at=now
        )
        await self.dao.put_conversation(draft)
        return Origin(conversation_id=draft.id, call_id="benchmark")

    async def put_back(self, title: str) -> None:
        """Set a task that an earlier conversation moved back to where it was."""
        for task in await self.dao.tasks(LOCAL_USER, status="open"):
            if task.title == title:
                await self.dao.reschedule_task(
                    task.id, RescheduleDraft(new_time=self.before(), origin=await self.origin())
                )

    async def records(self) -> dict[str, Goal | Task]:
        """Read every goal and task, each under a key that changes when it does."""
        goals, tasks = await self.dao.goals(LOCAL_USER), await self.dao.tasks(LOCAL_USER)
        return {f"{g.id}": g for g in goals} | {f"{t.id} {len(t.reschedules)}": t for t in tasks}


def compare(said: str, expected: Expected, seen: Seen, kept: Sequence[Goal | Task], now: datetime) -> list[str]:
    """Return what is wrong with one conversation, and whether it was misheard."""
    wrong = []
    if seen.fault:
        wrong.append(f"the page says: {seen.fault}")
    if [tool for tool, status in seen.tools if status == "done"] != [expected.intent]:
        shown = ", ".join(f"{tool} {status}" for tool, status in seen.tools) or "no tool call"
        wrong.append(f"{shown}; it answered “{seen.answer}”")
    elif len(kept) != 1:
        wrong.append(f"{len(kept)} records were written or moved, not 1")
    for record in kept[:1]:
        for name, check in expected.fields.items():
            problem = check(getattr(record, name, None), now)
            if problem:
                wrong.append(f"{name}: {problem}")
    if not seen.heard:
        wrong.append("the page shows no transcript")
    if not seen.answer:
        wrong.append("the page shows no answer")
    if not seen.audible:
        wrong.append("no sound came back with the answer")
    if wrong and plain(seen.heard) != plain(said):
        wrong.insert(0, "misheard")
    return wrong


def slots(kept: Sequence[Goal | Task], expected: Expected, zone: ZoneInfo) -> str:
    """Write the compared fields of what was kept."""
    parts = []
    for record in kept:
        for name in expected.fields:
            value = getattr(record, name, None)
            if isinstance(value, datetime):
                value = f"{value.astimezone(zone):%a %d %b %Y %H:%M}"
            if value is not None:
                parts.append(f"{name}={value}")
    return "; ".join(parts)


async def converse(
    playwright: Playwright, chromium: str, server: OwnServer, book: Book, name: str, *, lead: float, folder: Path
) -> Result:
    """Hold one conversation and compare what it left behind."""
    sentence = SENTENCES[name]
    expected = EXPECTED[name.rsplit("_", 1)[0]]
    if expected.moves:
        await book.put_back(expected.moves)
    before = await book.records()
    microphone = folder / f"{name}.wav"
    speech = load(name)
    write_microphone(microphone, speech, lead=lead, tail=TAIL)
    now = datetime.now(book.zone)
    seen = await hold_call(
        playwright, chromium, server.url, microphone, timezone=book.zone.key, patience=lead + len(speech) / 16_000 + 25
    )
    kept = [record for key, record in (await book.records()).items() if key not in before]
    return Result(
        name=name,
        voice=sentence.voice,
        said=sentence.text,
        heard=seen.heard,
        intent=", ".join(tool for tool, _ in seen.tools) or "none",
        slots=slots(kept, expected, book.zone),
        answer=seen.answer,
        voice_to_voice=seen.voice_to_voice,
        wrong=tuple(compare(sentence.text, expected, seen, kept, now)),
    )


async def hold_all(
    names: Sequence[str], chromium: str, zone: ZoneInfo, lead: float, log: Path | None, console: Console
) -> list[Result]:
    """Hold the conversations one after the other with one server."""
    results: list[Result] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory() as place, Progress(*columns, console=console) as progress:
        folder = Path(place)
        bar = progress.add_task("starting the server", total=len(names))
        async with (
            own_server(folder, log=log) as server,
            DaoClient(server.dao_url) as dao,
            async_playwright() as playwright,
        ):
            book = Book(dao, zone)
            await book.open()
            for name in names:
                progress.update(bar, description=name)
                result = await converse(playwright, chromium, server, book, name, lead=lead, folder=folder)
                results.append(result)
                verdict = "[red]wrong[/]" if result.wrong else "[green]right[/]"
                progress.console.print(f"{name}: heard “{result.heard}”: {verdict}")
                progress.advance(bar)
    return results


def show(results: Sequence[Result], console: Console) -> None:
    """Print the table."""
    table = Table("voice", "said", "heard", "intent", "slots", "right", show_lines=True)
    for r in results:
        heard = "as said" if plain(r.heard) == plain(r.said) else r.heard
        verdict = "[red]wrong[/]: " + "; ".join(r.wrong) if r.wrong else "[green]right[/]"
        table.add_row(r.voice, r.said, heard, r.intent, r.slots, verdict)
    console.print(table)


def write(results: Sequence[Result], chromium: str, zone: ZoneInfo) -> None:
    """Keep the results as data and as a page."""
    version = subprocess.run([chromium, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    about: dict[str, Any] = {
        "held_at": datetime.now(zone).isoformat(timespec="seconds"),
        "timezone": zone.key,
        "python": platform.python_version(),
        "browser": version,
        "right": sum(not r.wrong for r in results),
        "of": len(results),
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(
        json.dumps(about | {"results": [asdict(r) for r in results]}, indent=1, ensure_ascii=False) + "\n"
    )
    waits = [r.voice_to_voice for r in results if r.voice_to_voice is not None]
    lines = [
        "# First conversation",
        "",
        "Twelve sentences by two synthetic voices, spoken into the page in a real headless Chromium by",
        "`python -m benchmarks.first_conversation` (`make bench`), with the `embedded` profile and a fresh database.",
        "Right means: the page showed the transcript, the tool call and the answer, the answer could be heard, and the",
        "data service held the one right record, its times resolved in the caller's zone.",
        "",
        f"**{about['right']} of {about['of']} right.** Held {about['held_at']}, {zone.key}; {version},"
        f" Python {about['python']}.",
    ]
    if waits:
        lines += ["", f"Median voice-to-voice time, as the server measured it: {median(waits):.0f} ms."]
    lines += ["", "| voice | said | heard | intent | slots kept | right |", "| --- | --- | --- | --- | --- | --- |"]
    for r in results:
        verdict = "**wrong**: " + "; ".join(r.wrong) if r.wrong else "right"
        cells = (r.voice, r.said, r.heard, r.intent, r.slots, verdict)
        lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    PAGE.write_text("\n".join(lines) + "\n")


@click.command(help=__doc__, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", multiple=True, type=click.Choice(list(EXPECTED)), help="Only this sentence; may be repeated.")
@click.option("--voice", multiple=True, type=click.Choice(VOICES), help="Only this voice; may be repeated.")
@click.option("--zone", default="Europe/Berlin", show_default=True, help="Time zone of the caller's browser.")
@click.option(
    "--lead", default=8.0, show_default=True, help="Seconds of silence first, so that the greeting has ended."
)
@click.option("--chromium", default=shutil.which("chromium"), help="The browser.  [default: chromium on the PATH]")
@click.option("--log", type=click.Path(dir_okay=False, path_type=Path), help="Keep the server's log in this file.")
@click.option("--keep/--no-keep", default=None, help="Write results and page.  [default: only of a whole run]")
def main(
    only: Sequence[str],
    voice: Sequence[str],
    zone: str,
    lead: float,
    chromium: str | None,
    log: Path | None,
    keep: bool | None,
) -> None:
    """Hold the conversations, print the table, end with 0 if enough are right."""
    if not chromium:
        raise click.ClickException("there is no Chromium: `make browser` installs it")
    console = Console()
    names = [f"{sentence}_{v}" for v in voice or VOICES for sentence in only or EXPECTED]
    results = asyncio.run(hold_all(names, chromium, ZoneInfo(zone), lead, log, console))
    show(results, console)
    right = sum(not r.wrong for r in results)
    waits = [r.voice_to_voice for r in results if r.voice_to_voice is not None]
    console.print(
        f"{right} of {len(results)} right" + (f"; median voice to voice {median(waits):.0f} ms" if waits else "")
    )
    if keep or (keep is None and not only and not voice):
        write(results, chromium, ZoneInfo(zone))
        console.print(f"kept in {RESULTS.relative_to(ROOT)} and {PAGE.relative_to(ROOT)}")
    sys.exit(0 if right >= NEEDED * len(results) else 1)


if __name__ == "__main__":
    main()
