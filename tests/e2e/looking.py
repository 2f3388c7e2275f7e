"""What can be seen of a loaded page from outside: who it asked, what moved, where the focus goes, what is announced."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page

WATCH: Final = """
window.seen = { shift: 0, blocked: [], announced: [], busyUntil: 0, usable: null };
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) seen.shift += each.value;
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) seen.busyUntil = each.startTime + each.duration;
}).observe({ type: "longtask", buffered: true });
document.addEventListener("securitypolicyviolation", (event) =>
  seen.blocked.push(`${event.violatedDirective} ${event.blockedURI}`));
new MutationObserver((changes) => {
  seen.usable ??= document.querySelector("button, a[href]") && performance.now();
  for (const { target } of changes) {
    const element = target instanceof Element ? target : target.parentElement;
    const region = element?.closest('[role="status"], [role="alert"], [role="log"], [aria-live]');
    if (region?.textContent) seen.announced.push(region.textContent);
  }
}).observe(document, { subtree: true, childList: true, characterData: true });
"""
CONTROLS: Final = """() => {
  const within = (root) => [...root.querySelectorAll("*")].flatMap((each) =>
    each.shadowRoot ? [each, ...within(each.shadowRoot)] : [each]);
  const kinds = "a[href], button, input, select, textarea, summary, [tabindex], [contenteditable=true]";
  const open = [...document.querySelectorAll("dialog:modal")].at(-1);
  const first = (each, all) => each.type !== "radio" || each === (all.find((one) => one.type === "radio" &&
    one.name === each.name && one.checked) ?? all.find((one) => one.type === "radio" && one.name === each.name));
  window.controls = within(open ?? document)
    .filter((each) => each.matches(kinds) && each.tabIndex >= 0 && !each.disabled && !each.closest("[inert]"))
    .filter((each) => each.checkVisibility({ visibilityProperty: true }) && each.getClientRects().length > 0)
    .filter((each, _, all) => first(each, all));
  window.look = (each) => [each, each.parentElement, each.parentElement?.parentElement].map((one) => {
    if (!one) return "";
    const { outline, boxShadow, borderColor, backgroundColor } = getComputedStyle(one);
    return [outline, boxShadow, borderColor, backgroundColor].join();
  }).join();
  document.activeElement?.blur();
  window.plain = controls.map(look);
  return controls.map((each) => each.outerHTML.slice(0, 120));
}"""
FOCUSED: Final = """() => {
  let each = document.activeElement;
  while (each?.shadowRoot?.activeElement) each = each.shadowRoot.activeElement;
  const index = controls.indexOf(each);
  if (index < 0) return { index, shown: false };
  const { left, right, top, bottom } = each.getBoundingClientRect();
  const uncovered = [0.1, 0.5, 0.9].some((x) => [0.1, 0.5, 0.9].some((y) => {
    const hit = each.getRootNode().elementFromPoint(left + x * (right - left), top + y * (bottom - top));
    return hit !== null && (each.contains(hit) || hit.contains(each) || hit.closest("label")?.control === each);
  }));
  return { index, shown: uncovered && look(each) !== plain[index] };
}"""
MOVING: Final = """() => document.getAnimations()
  .filter((each) => each.playState === "running")
  .map((each) => `${each.animationName ?? each.transitionProperty}: ${each.effect?.target?.outerHTML.slice(0, 80)}`)"""
WIDER: Final = """() => [document.documentElement, ...document.querySelectorAll("dialog[open]")]
  .filter((each) => each.scrollWidth > each.clientWidth)
  .map((each) => `${each.tagName} is ${each.scrollWidth} wide in ${each.clientWidth}`)"""
LOADED: Final = """() => {
  const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const painted = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0;
  return {
    bytes: entries.reduce((sum, each) => sum + each.transferSize, 0),
    plain: entries.reduce((sum, each) => sum + each.decodedBodySize, 0),
    painted,
    usable: Math.max(painted, seen.usable ?? 0, seen.busyUntil),
    shift: seen.shift,
  };
}"""


@dataclass(slots=True)
class Watched:
    """A page, and what was noticed from its first request on."""

    page: Page
    asked: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    async def blocked(self) -> list[str]:
        """Return what the content security policy kept from happening."""
        found: list[str] = await self.page.evaluate("seen.blocked")
        return found + [text for text in self.complaints if "Content Security Policy" in text]

    async def announced(self) -> list[str]:
        """Return what live regions held after each of their changes."""
        texts: list[str] = await self.page.evaluate("seen.announced")
        return texts

    async def moving(self) -> list[str]:
        """Return the animations and transitions that run now."""
        running: list[str] = await self.page.evaluate(MOVING)
        return running

    async def wider(self) -> list[str]:
        """Return what would have to be scrolled sideways."""
        found: list[str] = await self.page.evaluate(WIDER)
        return found

    async def loaded(self) -> dict[str, float]:
        """Return what the first load took: bytes over the wire and unpacked, times in ms, and how much moved."""
        figures: dict[str, float] = await self.page.evaluate(LOADED)
        return figures

    async def unreached(self) -> tuple[list[str], list[str]]:
        """Press Tab through the page; return the controls it never came to, and those in which the focus is not seen.

        It is not where nothing about the control changes, or something else lies over all of it.
        """
        names: list[str] = await self.page.evaluate(CONTROLS)
        missed, hidden = set(range(len(names))), set()
        for _ in range(2 * len(names) + 3):
            await self.page.keyboard.press("Tab")
            now = await self.page.evaluate(FOCUSED)
            if now["index"] in missed:
                missed.remove(now["index"])
                if not now["shown"]:
                    hidden.add(now["index"])
            if not missed:
                break
        return [names[each] for each in sorted(missed)], [names[each] for each in sorted(hidden)]


async def watch(browser: Browser, **options: Any) -> Watched:
    """Open an empty page in a context of its own that will be watched."""
    context = await browser.new_context(**options)
    await context.add_init_script(WATCH)
    page = await context.new_page()
    watched = Watched(page)
    context.on("request", lambda request: watched.asked.add(urlsplit(request.url).netloc))
    page.on("websocket", lambda websocket: watched.asked.add(urlsplit(websocket.url).netloc))
    page.on("console", lambda message: watched.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    return watched


async def comes(page: Page, expression: str, within: float = 30.0) -> None:
    """Wait until a JavaScript expression holds; raises TimeoutError.

    Playwright's own `wait_for_function` evaluates text within the page, which the page's policy forbids.
    """
    async with asyncio.timeout(within):
        while not await page.evaluate(expression):  # noqa: ASYNC110 -- nothing in the page tells of it
            await asyncio.sleep(0.05)
