"""`flux-voice dao`: only the records; needs no engine and no WebRTC."""

import asyncio

import click
from rich.console import Console

from web.commands.failures import told_in_one_line
from web.commands.stopping import stop_signals


@click.group(invoke_without_command=True)
@click.pass_context
def dao(context: click.Context) -> None:
    """Serve only the records: the REST service on port 8001.

    Set FLUX_DAO__HOST, FLUX_DAO__PORT and FLUX_DAO__DATABASE_URL (or DATABASE_URL). A server elsewhere uses it with
    FLUX_DAO__URL=http://this-host:8001.
    """
    if context.invoked_subcommand is None:
        with told_in_one_line():
            asyncio.run(_serve())


@dao.command()
@click.option("--to", "target", help="Revision to go to; by default the one that this version needs.")
@click.option("--down", is_flag=True, help="Go back to the revision that --to names; `base` removes every table.")
@click.option("--dry-run", is_flag=True, help="Do all of it, tell what was done, and undo it again.")
@click.option("--sql", is_flag=True, help="Like --dry-run, and print the SQL that it runs.")
def migrate(target: str | None, down: bool, dry_run: bool, sql: bool) -> None:
    """Bring the database to the schema of this version.

    `flux-voice dao` and `flux-voice serve` do the same when they start. All steps are done, or none. The tables of an
    existing Flux database (DATABASE_URL) are taken over with every row; they stay beside ours as old_flux_….
    """
    if down and target is None:
        raise click.UsageError("--down needs --to: a revision such as 0002, or base")
    with told_in_one_line():
        asyncio.run(_migrate(target, down, keep=not (dry_run or sql), sql=sql))


async def _migrate(target: str | None, down: bool, *, keep: bool, sql: bool) -> None:
    from dao.database import database_address
    from dao.migrations import migrate, newest, roll_back
    from web.settings import load_settings

    url = load_settings().dao.database_url
    step = roll_back if down else migrate
    done = await step(url, target or "head", keep=keep)
    if sql:
        for statement in done.statements:
            click.echo(statement)
    say = f"The database {database_address(url).render_as_string()}"
    before, after = done.before or "base", done.after or "base"
    if before == after:
        click.echo(f"{say} is at revision {after}; there is nothing to do.", err=sql)
    else:
        click.echo(f"{say} {'went' if keep else 'would go'} from revision {before} to {after}.", err=sql)
    for name, count in done.taken.items():
        click.echo(f"  {count} rows of {name} were taken over; the old table is old_flux_{name}.", err=sql)
    if after != newest():
        click.echo(f"This version needs revision {newest()}; the next start goes there.", err=sql)
    if not keep:
        click.echo("Nothing was changed.", err=sql)


async def _serve() -> None:
    from dao.service import serve_dao
    from web.logs import set_up
    from web.settings import load_settings

    settings = load_settings()
    set_up(settings.log_level, settings.log_format)
    with stop_signals() as stop:
        async with serve_dao(settings.dao) as server:
            Console().print(f"The records are served at [bold]{server.url}[/] (docs at /docs); Ctrl-C stops.")
            await stop.asked.wait()
