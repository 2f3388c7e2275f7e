"""The page over a Voice Agent socket, ours and one that is as Deepgram's, in real Chromium with a spoken microphone."""

import asyncio
import base64
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
import soundfile
from playwright.async_api import Browser, Page, Response, async_playwright

from benchmarks.browser_call import FLAGS, SEEN, write_microphone
from benchmarks.own_server import OwnServer, own_server
from dao.client import DaoClient
from models.audio import SAMPLE_RATE
from tests.e2e.cut_line import CutLine, line_to
from tests.e2e.scripted_agent import ANSWER, GREETING, TOKEN, ScriptedAgent, scripted_agent
from tests.speech import load
from web.owner import LOCAL_USER

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PATIENCE: Final = 90_000
KEY: Final = "hush-hush"
GOAL: Final = "submit_goal_intent"
TASK: Final = "submit_new_task_intent"

# Speech besides the recording that the microphone plays, mixed in behind it: `say`. What is heard: `energy`.
INIT: Final = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.blockedURI));
window.energy = 0;
const Outlet = window.MediaStreamAudioDestinationNode;
window.MediaStreamAudioDestinationNode = class extends Outlet {
  constructor(...args) {
    super(...args);
    const analyser = this.context.createAnalyser();
    this.context.createMediaStreamSource(this.stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      window.level = samples.reduce((sum, each) => sum + each * each, 0) / samples.length;
      window.energy += window.level;
    }, 40);
  }
};
const Node = window.AudioWorkletNode;
window.AudioWorkletNode = class extends Node {
  constructor(context, name, options) {
    super(context, name, options);
    if (name !== "flux-capture") return;
    window.say = async (wav) => {
      const source = context.createBufferSource();
      source.buffer = await context.decodeAudioData(Uint8Array.from(atob(wav), (each) => each.charCodeAt(0)).buffer);
      source.connect(this);
      source.start();
    };
  }
};
"""


@dataclass(frozen=True, slots=True)
class House:
    """One server, one browser, one agent elsewhere."""

    server: OwnServer
    browser: Browser
    agent: ScriptedAgent


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("house")
    write_microphone(folder / "goal.wav", load("goal_1_rms"), lead=9.0, tail=200.0)
    capture = f"--use-file-for-fake-audio-capture={folder / 'goal.wav'}%noloop"
    async with scripted_agent() as agent, async_playwright() as playwright:
        settings = {"FLUX_DEEPGRAM__API_KEY": KEY, "FLUX_DEEPGRAM__URL": agent.url}
        async with own_server(folder, settings=settings) as server:
            browser = await playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, capture])
            try:
                yield House(server, browser, agent)
            finally:
                await browser.close()


def spoken(name: str) -> str:
    """Return a recording as a WAV file in base64."""
    file = io.BytesIO()
    soundfile.write(file, load(name), SAMPLE_RATE, format="WAV", subtype="PCM_16")
    return base64.b64encode(file.getvalue()).decode()


@dataclass(slots=True)
class Asked:
    """Which hosts a page asked, and what it was told of the sessions that it began."""

    hosts: set[str] = field(default_factory=set)
    sessions: list[Response] = field(default_factory=list)

    async def kept(self, dao: DaoClient) -> list[list[tuple[str, str]]]:
        """Return what the records hold of each session: who said what."""
        ids = [(await one.json())["session_id"] for one in self.sessions]
        conversations = [await dao.conversation_of(session_id) for session_id in ids]
        messages = [await dao.messages(one.id) for one in conversations]
        return [[(message.role, message.content) for message in one] for one in messages]


async def opened(house: House, url: str) -> tuple[Page, Asked]:
    """Open a page; return it with what it asks."""
    page = await house.browser.new_page(timezone_id="Europe/Berlin", permissions=["microphone"])
    await page.add_init_script(INIT)
    asked = Asked()
    page.on("request", lambda request: asked.hosts.add(urlsplit(request.url).netloc))
    page.on("websocket", lambda websocket: asked.hosts.add(urlsplit(websocket.url).netloc))
    page.on("response", lambda answer: asked.sessions.append(answer) if answer.url.endswith("/session") else None)
    await page.goto(url)
    return page, asked


async def until(page: Page, selector: str) -> None:
    await page.wait_for_selector(selector, timeout=PATIENCE, state="attached")


async def send(page: Page, text: str) -> None:
    await page.get_by_test_id("textbox").fill(text)
    await page.get_by_test_id("send").click()


def card(intent: str, status: str = "done") -> str:
    return f'[data-testid="tool-card"][data-tool="{intent}"][data-status="{status}"]'


async def test_a_call_over_our_own_socket(house: House) -> None:
    port = urlsplit(house.server.url).port
    assert port is not None
    async with DaoClient(house.server.dao_url) as dao, line_to(port) as line:
        page, asked = await opened(house, f"http://127.0.0.1:{line.port}/?backend=socket")
        await page.get_by_test_id("start").first.click()
        await until(page, card(GOAL))
        await until(page, 'body[data-state="listening"]')
        seen = await page.evaluate(SEEN)
        assert "guitar" in " ".join(one["text"] for one in seen["lines"] if one["kind"] == "user")
        assert "Goal created" in seen["lines"][-1]["text"] or "Goal created" in seen["lines"][-2]["text"]
        assert await page.evaluate("window.energy") > 0.01, "the answer was heard"
        assert "learn guitar" in [goal.statement.lower() for goal in await dao.goals(LOCAL_USER)]

        await interrupted(page)
        await cut_and_back(page, line, dao)
        await gone_for_good(page, line)
        assert asked.hosts == {f"127.0.0.1:{line.port}"}
        assert await page.evaluate("window.violations") == []
        first, second = await asked.kept(dao)
        assert len(first) == len(set(first)) > 4, "told by the server and by the page, kept once"
        assert [role for role, _ in second] == ["user", "assistant"], "it goes on without greeting anew"
        await page.close()


async def interrupted(page: Page) -> None:
    """The agent falls silent when the caller cuts in, and answers them."""
    await send(page, "What can you do?")
    await until(page, 'body[data-state="speaking"]')
    await page.evaluate("(wav) => window.say(wav)", spoken("goal_2_rms"))
    await until(page, '[data-role="agent"][data-interrupted="true"]')
    await page.locator(card(GOAL)).nth(1).wait_for(timeout=PATIENCE)
    await until(page, 'body[data-state="listening"]')


async def cut_and_back(page: Page, line: CutLine, dao: DaoClient) -> None:
    """A new session takes over where the line broke, and what was said is still there."""
    before = len((await page.evaluate(SEEN))["lines"])
    line.cut()
    await until(page, 'body[data-state="reconnecting"]')
    await send(page, "Remind me to water the roses tomorrow at noon")
    await until(page, card(TASK))
    assert len((await page.evaluate(SEEN))["lines"]) > before
    goals = [goal.statement.lower() for goal in await dao.goals(LOCAL_USER)]
    assert goals.count("learn guitar") == 1, "an agent that goes on knows what was done"
    assert "water the roses" in [task.title.lower() for task in await dao.tasks(LOCAL_USER)]


async def gone_for_good(page: Page, line: CutLine) -> None:
    """Without a way back the page says so, and shows what was said."""
    line.cut(dead=True)
    await until(page, 'body[data-state="reconnecting"]')
    await until(page, '[data-testid="error"][data-fault="link-lost"]')
    lines = (await page.evaluate(SEEN))["lines"]
    assert [one["tool"] for one in lines if one["kind"] == "tool"] == 2 * [GOAL] + [TASK], [
        (one["kind"], one["status"], one["text"]) for one in lines
    ]


async def test_a_call_at_deepgram(house: House) -> None:
    agent, place = house.agent, urlsplit(house.agent.url).netloc
    page, asked = await opened(house, f"{house.server.url}/?backend=deepgram")
    answer = await page.request.get(house.server.url)
    policy = answer.headers["content-security-policy"]
    assert f"connect-src 'self' ws://{place};" in policy and "secret" not in policy
    told = await (await page.request.get(f"{house.server.url}/client.json")).text()
    assert "secret" not in told and KEY not in told

    await page.get_by_test_id("start").first.click()
    await until(page, f'[data-role="agent"][data-final="true"]:has-text("{GREETING}")')
    await until(page, 'body[data-state="listening"]')
    assert await page.evaluate("window.energy") > 0.01
    async with asyncio.timeout(PATIENCE / 1000):
        while await page.evaluate("window.level") > 1e-8:  # noqa: ASYNC110 -- the page is watched
            await asyncio.sleep(0.1)
    assert agent.protocols == [["bearer", TOKEN]] and agent.granted == [f"Token {KEY}"]
    assert set(agent.frames) == {640}, "20 ms of 16 bits at 16 kHz"
    settings = agent.settings[0]
    assert "url" not in settings and settings["agent"]["greeting"] and settings["agent"]["think"]["functions"]

    await send(page, "I want to learn to sail")
    await until(page, card(GOAL))
    await until(page, card("no_such_intent", "rejected"))
    await until(page, f'[data-role="agent"][data-final="true"]:has-text("{ANSWER}")')
    answers = {one["id"]: one["content"] for one in agent.of_type("FunctionCallResponse")}
    assert "Goal created" in answers["fc_1"] and set(answers) == {"fc_1", "fc_2"}
    await page.get_by_test_id("end").first.click()
    await until(page, 'body[data-state="ended"]')
    assert asked.hosts == {urlsplit(house.server.url).netloc, place}
    assert await page.evaluate("window.violations") == []

    async with DaoClient(house.server.dao_url) as dao:
        goals = [goal.statement.lower() for goal in await dao.goals(LOCAL_USER)]
        assert goals.count("learn to sail") == 1
        kept = await asked.kept(dao)
        assert kept == [[("assistant", GREETING), ("user", "I want to learn to sail"), ("assistant", ANSWER)]]
    await page.close()
