"""The composition root: settings become engines, agent, DAO and conversations."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from dao.apart import serve_dao_apart
from dao.client import DaoClient
from dao.courier import delivering
from dao.settings import http_url
from dao.spool import Spool
from intents.agent import Agent, load_agent
from intents.toolbox import Caller, Toolbox
from models.engines import NEEDED, Engines, build_engines
from models.llm.settings import ChatSettings
from models.standing import check
from pipeline.conversation import Conversation
from pipeline.seams import Persona
from pipeline.spans import Cast, ModelName
from pipeline.studio import Tools
from web.backends import Backend, BackendName, LocalBackend
from web.calls import Call
from web.client_clock import ClientClock
from web.console.engines import engine_states
from web.console.parts import ConsoleParts
from web.conversations import CallOptions
from web.deepgram_session import DeepgramBackend
from web.desk import DeskParts
from web.metrics import Metrics
from web.milestones import calling
from web.minutes import Minutes
from web.openai_audio.route import AudioEngines
from web.page_choice import agent_socket
from web.posted_calls import PostedCalls
from web.readiness import Readiness, spool_part
from web.recorder import Recorder
from web.sessions import Session
from web.settings import Settings
from web.tokens import Tokens
from web.tracing import Tracing, open_tracing
from web.voice_agent.conversation import AgentCall, AgentCallFactory
from web.voice_agent.persona import DescribedAgent, earlier_messages
from web.voice_agent.settings_message import Settings as AgentSettings
from web.voice_agent.tools import CallTools

DRAIN_TIMEOUT = 5.0
"""Seconds that the last records have to reach the DAO when the server stops; then they wait for the next start."""


@dataclass(frozen=True, slots=True)
class Assembly:
    """Everything that calls share."""

    settings: Settings
    agent: Agent
    engines: Engines
    dao: DaoClient
    dao_url: str
    spool: Spool
    tokens: Tokens
    warm_seconds: Mapping[str, float]
    metrics: Metrics
    tracing: Tracing | None = None

    def toolbox(self, caller: CallOptions) -> Toolbox:
        """Build the tools of one caller."""
        who = Caller(
            tenant_id=caller.tenant_id,
            user_id=caller.user_id,
            conversation_id=caller.conversation_id,
            timezone=caller.timezone,
        )
        dao = self.dao.of(caller.tenant_id)
        introduce = partial(dao.put_user, calling(caller), datetime.now(UTC))
        return Toolbox(self.agent, dao, who, lambda: datetime.now(UTC), introduce)

    def conversation(
        self,
        caller: CallOptions,
        clock: ClientClock | None = None,
        *,
        persona: Persona | None = None,
        tools: Tools | None = None,
    ) -> Conversation:
        """Build the conversation of one caller, whose client's figures come by `clock`; raises EngineError.

        Without a `persona` the agent answers, and without `tools` it has its own.
        """
        conversation = Conversation(
            conversation_id=str(caller.conversation_id),
            agent=persona or self.agent,
            tools=tools or self.toolbox(caller),
            vad=self.engines.vad,
            stt=self.engines.stt,
            llm=self.engines.llm,
            tts=self.engines.tts,
            turn_model=self.engines.turn,
            settings=self.settings.pipeline,
        )
        self.metrics.follow(conversation)
        if self.tracing is not None:
            self.tracing.follow(conversation, self._cast(caller), clock)
        return conversation

    def recorder(
        self,
        caller: CallOptions,
        session_id: str,
        *,
        minutes: Minutes | None = None,
        posted: PostedCalls | None = None,
        started_at: datetime | None = None,
    ) -> Recorder:
        """Build what keeps the conversation of one caller."""
        return Recorder(
            self.spool,
            caller,
            agent=self.agent.name,
            session_id=session_id,
            routes={intent.name: intent.route for intent in self.agent.intents},
            minutes=minutes,
            posted=posted,
            started_at=started_at,
        )

    def _recorder_of(self, session: Session) -> Recorder:
        return self.recorder(
            session.caller,
            session.id,
            minutes=session.minutes,
            posted=session.posted,
            started_at=session.begin(),
        )

    def desk(self) -> DeskParts:
        """Return what the Flux API works with."""
        settings = self.settings
        models = {"listen": settings.stt.engine, "think": settings.llm.chain[0].title, "speak": settings.tts.engine}
        backends: dict[BackendName, Backend] = {
            "local": LocalBackend(self.agent, self.tokens, models, settings.stt.language)
        }
        if settings.deepgram.api_key is not None:
            backends["deepgram"] = DeepgramBackend(self.agent, settings)
        return DeskParts(
            agent=self.agent,
            dao=self.dao,
            spool=self.spool,
            tenants=settings.auth.tenants,
            tokens=self.tokens,
            backends=backends,
            toolbox=self.toolbox,
            timezone=settings.timezone,
            deepgram_socket=agent_socket(settings.deepgram.url) if "deepgram" in backends else None,
        )

    def call_factory(self) -> Callable[[Session], Call]:
        """Return what begins the call of a session."""
        from web.app import peer_options

        peers = peer_options(self.settings)

        def make(session: Session) -> Call:
            caller = session.caller
            clock = ClientClock(asyncio.get_running_loop().time)
            conversation = self.conversation(caller, clock)
            recorder = self._recorder_of(session)
            conversation.watch(clock.watch)
            for listener in (recorder.heard, self.metrics.heard):
                clock.listen(listener)
            return Call(conversation, recorder, caller, peers, clock)

        return make

    def agent_call_factory(self) -> AgentCallFactory:
        """Return what begins the call of a session over Deepgram's protocol."""

        def make(session: Session, settings: AgentSettings) -> AgentCall:
            caller, described = session.caller, settings.described_agent
            tools = CallTools(self.toolbox(caller))
            if described.think is not None and described.think.functions is not None:
                tools.offer(described.think.functions)
            conversation = self.conversation(caller, persona=DescribedAgent(self.agent, described), tools=tools)
            conversation.history.remember(earlier_messages(described))
            return AgentCall(Call(conversation, self._recorder_of(session), caller, None), conversation, tools)

        return make

    def console(self) -> ConsoleParts:
        """Return what the owner's console works with."""
        settings = self.settings
        return ConsoleParts(
            settings=settings,
            agent=self.agent.name,
            models={"stt": settings.stt.engine, "llm": settings.llm.chain[0].title, "tts": settings.tts.engine},
            dao=self.dao,
            spool=self.spool,
            tenants=settings.auth.tenants,
            engines=partial(engine_states, settings, self.engines, self.warm_seconds),
        )

    def audio(self) -> AudioEngines:
        """Return what OpenAI's audio API works with."""
        return AudioEngines(self.engines.vad, self.engines.stt, self.engines.tts, self.settings.stt.language)

    def _cast(self, caller: CallOptions) -> Cast:
        settings = self.settings
        return Cast(
            conversation_id=str(caller.conversation_id),
            agent=self.agent.name,
            stt=settings.stt.engine,
            tts=settings.tts.engine,
            models={chat.title: model_name(chat) for chat in settings.llm.chain},
            tools=frozenset(intent.name for intent in self.agent.intents),
        )

    def readiness(self) -> Readiness:
        """Return what `/health` asks."""
        names = {section: getattr(self.settings, section).engine for section in NEEDED}
        checks: dict[str, Callable[[], Awaitable[bool]]] = {
            section: partial(_serves, getattr(self.engines, section)) for section in NEEDED
        }
        checks |= {"dao": partial(_answers, self.dao), "database": self.dao.healthy}
        return Readiness(names, checks, [partial(spool_part, self.spool)])


Warm = Callable[[Engines], Awaitable[Mapping[str, float]]]


async def warm_all(engines: Engines) -> Mapping[str, float]:
    """Warm every engine."""
    return await engines.warm()


@asynccontextmanager
async def assemble(settings: Settings, *, warm: Warm = warm_all) -> AsyncIterator[Assembly]:
    """Build all parts, warm the engines, and take everything down again at the end.

    The DAO runs in this process unless FLUX_DAO__URL names another place or one already answers at its address.
    """
    async with AsyncExitStack() as stack:
        agent = load_agent(settings.agent)
        tracing = await stack.enter_async_context(open_tracing(settings.tracing))
        url = await _dao(settings, stack)
        dao = await stack.enter_async_context(DaoClient(url))
        spool = stack.enter_context(Spool.open(settings.dao.spool, settings.dao.spool_limit * 2**20))
        courier = await stack.enter_async_context(delivering(spool, dao.of, patience=DRAIN_TIMEOUT))
        engines = build_engines(
            vad=settings.vad,
            stt=settings.stt,
            llm=settings.llm,
            tts=settings.tts,
            deepgram=settings.deepgram,
            vocabulary=agent.vocabulary,
            tools=[intent.spec for intent in agent.intents],
            prompt=agent.prompt,
            phrases=agent.fixed_phrases,
            weights=settings.models.folder,
        )
        stack.push_async_callback(engines.close)
        metrics = Metrics([intent.name for intent in agent.intents])
        metrics.watch_spool(spool, courier)
        signing_key = settings.auth.signing_key
        tokens = Tokens(signing_key.get_secret_value() if signing_key else None, settings.auth.token_life)
        yield Assembly(settings, agent, engines, dao, url, spool, tokens, await warm(engines), metrics, tracing)


def model_name(chat: ChatSettings) -> ModelName:
    """Return how traces name a chat model: what serves it, and its own name."""
    if chat.engine == "sentences":  # no service, and no other model than the agent's own sentences
        return ModelName("flux_voice", chat.engine, remote=False)
    return ModelName(chat.engine, chat.title.removeprefix(f"{chat.engine}/"))


async def _dao(settings: Settings, stack: AsyncExitStack) -> str:
    section = settings.dao
    if section.url != http_url(section.host, section.port):
        return section.url
    if section.port and await answers(section.url):
        return section.url
    return await stack.enter_async_context(serve_dao_apart(section))


async def answers(url: str) -> bool:
    """Whether a DAO already serves at `url`."""
    async with DaoClient(url, timeout=1.0) as dao:
        return await _answers(dao)


async def _answers(dao: DaoClient) -> bool:
    return await dao.database() is not None


async def _serves(engine: object) -> bool:
    await check(engine)
    return True
