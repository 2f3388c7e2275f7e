"""`flux-voice doctor`: checks every part and says what to do."""

import asyncio
import inspect

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from web.commands.failures import told_in_one_line


@click.command()
def doctor() -> None:
    """Check every part and say what to do.

    Python, the device with its memory, each engine with its model, the weights, the page, the database, ports, Node,
    and sentences that the agent speaks and understands itself, with their word error rate.
    Exit code 1 if something is wrong.
    """
    with told_in_one_line():
        well = asyncio.run(_examine())
    if not well:
        raise SystemExit(1)


async def _examine() -> bool:
    from web.checks import all_checks
    from web.findings import Finding
    from web.logs import set_up
    from web.settings import load_settings

    settings = load_settings()
    set_up("ERROR", settings.log_format)
    table = Table(box=None, padding=(0, 1), show_header=False)
    findings: list[Finding] = []
    console = Console()
    with console.status("Looking …"):
        for check in all_checks(settings):
            found = check()
            finding = await found if inspect.isawaitable(found) else found
            findings.append(finding)
            mark = {True: "[green]✓[/]", False: "[red]✗[/]", None: "[dim]·[/]"}[finding.well]
            todo = f"→ {finding.fix}" if finding.well is False and finding.fix else ""
            table.add_row(mark, escape(finding.part), escape(finding.detail), escape(todo))
    console.print(table)
    return all(finding.well is not False for finding in findings)
