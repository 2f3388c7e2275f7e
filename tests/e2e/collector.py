"""An OTLP/HTTP collector of our own: takes what a server exports, as any other collector would."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass
class Collector:
    """What came so far: requests with their headers, and the bytes of their bodies."""

    url: str = ""
    requests: list[ExportTraceServiceRequest] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    raw: bytes = b""
    came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def spans(self) -> list[Span]:
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    async def until(self, count: int, within: float = 40.0) -> list[Span]:
        """Wait for `count` traces, each of which comes with its root."""
        async with asyncio.timeout(within):
            while sum(not span.parent_span_id for span in self.spans) < count:
                self.came.clear()
                await self.came.wait()
        return self.spans

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()  # aiohttp has undone the compression
        if body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        self.requests.append(ExportTraceServiceRequest.FromString(body))
        self.headers.append(dict(request.headers))
        self.raw += body
        self.came.set()
        return web.Response(content_type="application/x-protobuf")


@asynccontextmanager
async def own_collector() -> AsyncIterator[Collector]:
    """Serve a collector on a free port."""
    collector = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", collector.take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield collector
    finally:
        await runner.cleanup()


def attributes(pairs: Any) -> dict[str, Any]:
    """Return OTLP's attributes as a mapping."""
    return {pair.key: _value(pair.value) for pair in pairs}


def texts(request: ExportTraceServiceRequest) -> Iterator[str]:
    """Yield every text in a request: names, keys and values, of whatever part."""
    return _texts(request)


def _texts(message: Any) -> Iterator[str]:
    for described, value in message.ListFields():
        for each in value if described.is_repeated else [value]:
            if isinstance(each, str):
                yield each
            elif hasattr(each, "ListFields"):
                yield from _texts(each)


def _value(value: AnyValue) -> Any:
    return getattr(value, value.WhichOneof("value") or "string_value")
