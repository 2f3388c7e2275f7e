"""`flux-voice models`: which weights there are, and how they come onto this box."""

import asyncio
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.filesize import decimal
from rich.markup import escape
from rich.table import Table

from models.catalog import CATALOG, PROFILES, Ollama, Weights, chosen, find
from web.commands.failures import told_in_one_line

T = TypeVar("T")

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

_names = click.argument("names", nargs=-1, metavar="[NAME]...")
_profile = click.option("--profile", type=click.Choice(PROFILES), help="All that a profile needs by default.")


@click.group()
def models() -> None:
    """List, bring and check the weights of the engines.

    The embedded profile needs none besides its packages. The others do:

    \b
      flux-voice models list                      what there is, how big, under which licence
      flux-voice models pull --profile cpu        download what the profile needs
      flux-voice models check --profile cpu       is it all here, and unharmed?

    A box without internet gets them from another one:

    \b
      flux-voice models export weights.tar        on the box that has them
      flux-voice models import weights.tar        on the one that has not

    Weights lie in FLUX_MODELS__FOLDER and come from FLUX_MODELS__HUB (https://huggingface.co, or a mirror).
    """  # noqa: D301 (a backspace is how click is told to leave lines as they are)


@models.command("list")
@_profile
def list_(profile: str | None) -> None:
    """List all weights: name, size, licence, the profiles that need them, and whether they are here."""
    _run(_list([one for one in CATALOG.values() if profile is None or profile in one.profiles]))


@models.command()
@_names
@_profile
@click.option("--revision", help="Commit, tag or branch of the hub, instead of the one the catalog names.")
def pull(names: tuple[str, ...], profile: str | None, revision: str | None) -> None:
    """Download weights, or what is missing or damaged of them.

    Without names: what the engines need that are set (FLUX_PROFILE, FLUX_STT__MODEL, …). Each file is checked against
    its sha256 before it takes its place; a download that broke off goes on where it stopped when the same command runs
    again.
    """
    if revision is not None and len(names) != 1:
        raise click.UsageError("--revision goes with exactly one NAME")
    _run(_pull(names, profile, revision))


@models.command()
@_names
@_profile
@click.option("--sizes", is_flag=True, help="Compare only the sizes: quick, but misses damage within a file.")
def check(names: tuple[str, ...], profile: str | None, sizes: bool) -> None:
    """Check that weights are here and unharmed, and say how to get what is not.

    Without names: what the engines need that are set (FLUX_PROFILE, FLUX_STT__MODEL, …). Exit code 1 if something is
    missing or damaged.
    """
    if not _run(_check(names, profile, thorough=not sizes)):
        raise SystemExit(1)


@models.command()
@click.argument("name")
def path(name: str) -> None:
    """Print the folder of weights, for scripts; exit code 1 if they are not here."""
    _run(_path(name))


@models.command()
@click.argument("target", type=click.Path(path_type=Path))
@_names
def export(target: Path, names: tuple[str, ...]) -> None:
    """Copy weights to TARGET, a folder or a file that ends in .tar, for a box without internet.

    Without names: all that are here.
    """
    _run(_export(target, names))


@models.command("import")
@click.argument("source", type=click.Path(path_type=Path))
@_names
def import_(source: Path, names: tuple[str, ...]) -> None:
    """Take in weights from SOURCE, what models export wrote.

    Every file is checked; what does not match its sha256, or is no work of models export, is refused.
    """
    _run(_import(source, names))


def _run(work: Coroutine[Any, Any, T]) -> T:
    with told_in_one_line():
        try:
            return asyncio.run(work)
        except KeyboardInterrupt:
            click.echo("Stopped. A download can go on where it was: run the same command again.", err=True)
            raise SystemExit(INTERRUPTED) from None


async def _list(weights: Sequence[Weights]) -> None:
    from models.store import Store
    from web.settings import load_settings

    store = Store(load_settings().models.folder)
    table = Table("name", "for", "size", "licence", "profiles", "here", box=None, padding=(0, 1))
    table.columns[0].no_wrap = True
    for one in weights:
        standing = await store.standing(one, thorough=False)
        here = {"here": "[green]yes[/]", "missing": "no", "damaged": "[red]damaged[/]", "elsewhere": "in Ollama?"}
        size = decimal(one.size) if one.size else "in its package"
        cells = (escape(cell) for cell in (one.name, one.kind, size, one.licence, ", ".join(one.profiles)))
        table.add_row(*cells, here[standing.state])
    console = Console()
    console.print(table)
    for one in weights:
        if one.note:
            console.print(f"{one.name}: {one.note}", soft_wrap=True, markup=False, highlight=False)


async def _pull(names: Sequence[str], profile: str | None, revision: str | None) -> None:
    from models.download import open_session
    from models.needs import needed
    from models.pull import pull as pull_weights
    from models.store import Store, downloadable
    from web.commands.progress import shown
    from web.settings import load_settings

    settings = load_settings()
    store = Store(settings.models.folder)
    wanted = chosen(names, profile) if names or profile else needed(settings)
    # Named ones are asked for in any case: pulling says why those that no hub has cannot be pulled.
    from_hub = [one for one in wanted if one.name in names or downloadable([one])]
    async with open_session() as session:
        with shown(from_hub) as watcher:
            for one in from_hub:
                watcher.turn_to(one)
                new = await pull_weights(store, one, session, watcher, hub=settings.models.hub, revision=revision)
                watcher.note(f"✓ {one.name} {'is now' if new else 'was already'} in {store.place(one)}")
                if one.note:
                    watcher.note(f"  {one.note}")
    for one in wanted:
        if one not in from_hub:
            standing = await store.standing(one)
            if standing.fix:
                click.echo(f"{'·' if isinstance(one.source, Ollama) else '✗'} {one.name}: run {standing.fix}")


async def _check(names: Sequence[str], profile: str | None, *, thorough: bool) -> bool:
    from models.needs import needed
    from models.store import Store
    from web.settings import load_settings

    settings = load_settings()
    store = Store(settings.models.folder)
    console = Console(highlight=False)
    well = True
    for one in chosen(names, profile) if names or profile else needed(settings):
        standing = await store.standing(one, thorough=thorough)
        well = well and standing.state in ("here", "elsewhere")
        mark = {"here": "[green]✓[/]", "elsewhere": "[dim]·[/]"}.get(standing.state, "[red]✗[/]")
        state = "not checked" if standing.state == "elsewhere" else standing.state
        told = f" {state}: {standing.why} → {standing.fix}" if standing.why else ""
        console.print(f"{mark} {escape(one.name + told)}", soft_wrap=True)
    return well


async def _path(name: str) -> None:
    from models.errors import EngineError
    from models.store import Store, downloadable
    from web.settings import load_settings

    weights, store = find(name), Store(load_settings().models.folder)
    if not downloadable([weights]):
        raise EngineError(f"{name} is not kept in a folder of ours")
    standing = await store.standing(weights, thorough=False)
    if standing.state != "here":
        raise EngineError(f"{name} is {standing.state} ({standing.why}): run {standing.fix}")
    click.echo(store.place(weights).absolute())


async def _export(target: Path, names: Sequence[str]) -> None:
    from models.archive import export as export_weights
    from models.errors import EngineError
    from models.store import Store, downloadable
    from web.commands.progress import shown
    from web.settings import load_settings

    store = Store(load_settings().models.folder)
    wanted = chosen(names, None)
    if not names:
        standings = {
            one.name: await store.standing(one, thorough=False) for one in downloadable(list(CATALOG.values()))
        }
        wanted = [CATALOG[name] for name, standing in standings.items() if standing.state == "here"]
    if not wanted:
        raise EngineError(f"there are no weights in {store.folder}: run flux-voice models pull first")
    with shown(wanted) as watcher:
        await export_weights(store, wanted, target, watcher)
    click.echo(f"{', '.join(one.name for one in wanted)}: now in {target}. On the other box: flux-voice models import")


async def _import(source: Path, names: Sequence[str]) -> None:
    from models.archive import take_in
    from models.store import Store
    from web.commands.progress import shown
    from web.settings import load_settings

    store = Store(load_settings().models.folder)
    with shown([]) as watcher:
        taken = await take_in(store, source, names, watcher)
    click.echo(f"{', '.join(taken)}: now in {store.folder}")
