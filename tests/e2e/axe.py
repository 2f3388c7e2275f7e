"""Check a page in Chromium against WCAG 2.2 AA with axe-core."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Page

SOURCE: Final = Path(__file__).parents[2] / "web/ui/node_modules/axe-core/axe.min.js"
LEVELS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa")
RUN: Final = """async (levels) => {
  const found = await axe.run(document, {
    runOnly: { type: "tag", values: levels },
    resultTypes: ["violations"],
  });
  return found.violations;
}"""


async def faults(page: Page) -> str:
    """Return what in the page as it is now keeps somebody out, as text to read; empty where nothing does.

    axe comes in through the debugger, which no content security policy binds: the page's own stays in force.
    """
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(_source())
    violations: list[dict[str, Any]] = await page.evaluate(RUN, list(LEVELS))
    return "\n".join(_told(violation) for violation in violations)


@cache
def _source() -> str:
    # Ends in undefined: what a script leaves as its value would be sent back.
    return f"{SOURCE.read_text()};undefined"


def _told(violation: dict[str, Any]) -> str:
    places = [f"  {_place(node)}\n    {_cause(node)}" for node in violation["nodes"]]
    return "\n".join([f"{violation['id']} ({violation['impact']}): {violation['help']}", *places])


def _place(node: dict[str, Any]) -> str:
    """Name the element; one in a shadow root has a list of selectors, from the outside in."""
    parts = [" >>> ".join(part) if isinstance(part, list) else str(part) for part in node["target"]]
    return f"{' > '.join(parts)}: {node['html'][:160]}"


def _cause(node: dict[str, Any]) -> str:
    checks = [check["message"] for kind in ("any", "all", "none") for check in node[kind]]
    return "; ".join(checks)
