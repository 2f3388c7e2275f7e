"""Spans handed to OpenTelemetry, which sends them in batches from a thread of its own; needs the extra `tracing`."""

import logging
from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

import structlog
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context

from pipeline.spans import CONVENTIONS, Span
from web.own_settings import TracingSettings

BATCH: Final = 128
SCHEMA: Final = f"https://opentelemetry.io/schemas/{CONVENTIONS}"

log = structlog.get_logger()


def collector(settings: TracingSettings) -> SpanExporter:
    """Return what sends spans to the collector of these settings."""
    return OTLPSpanExporter(
        endpoint=settings.endpoint,
        headers={name: value.get_secret_value() for name, value in settings.headers.items()},
        timeout=settings.timeout,
        compression=Compression.Gzip,
    )


class OtlpSender:
    """Turns spans into OpenTelemetry's and queues them for `exporter`; satisfies `web.tracing.SpanSender`."""

    def __init__(self, exporter: SpanExporter, settings: TracingSettings) -> None:
        # The exporter's own log tells every failed attempt; ours tells once that the collector is away.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._exporter = exporter
        self._queue = BatchSpanProcessor(
            _ToldOnce(exporter, settings.place),
            max_queue_size=settings.queue,
            schedule_delay_millis=settings.interval * 1000,
            max_export_batch_size=BATCH,
        )
        resource = Resource.create({"service.name": settings.service_name, "service.version": version("flux-voice")})
        provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        provider.add_span_processor(self._queue)
        self._tracer = provider.get_tracer("flux-voice", version("flux-voice"), schema_url=SCHEMA)

    def send(self, span: Span, epoch: int) -> None:
        """Queue a span with its children; loop time 0 was at `epoch`, in ns since 1970. Never blocks."""
        self._send(span, epoch, Context())

    def close(self) -> None:
        """Send what is queued; blocks until it is sent or given up."""
        self._queue.shutdown()  # type: ignore[no-untyped-call]

    def give_up(self) -> None:
        """Let a `close` that still waits come to its end."""
        self._exporter.shutdown()

    def _send(self, span: Span, epoch: int, parent: Context) -> None:
        made = self._tracer.start_span(
            span.name,
            context=parent,
            kind=SpanKind.CLIENT if span.remote else SpanKind.INTERNAL,
            attributes=dict(span.attributes),
            start_time=epoch + round(span.start * 1e9),
        )
        if span.failure is not None:
            made.set_attribute("error.type", span.failure)
            made.set_status(Status(StatusCode.ERROR))
        within = set_span_in_context(made, parent)
        for child in span.children:
            self._send(child, epoch, within)
        made.end(epoch + round(span.end * 1e9))


class _ToldOnce(SpanExporter):
    """Sends by way of another exporter, and logs once that the collector is away, once that it is back."""

    def __init__(self, exporter: SpanExporter, place: str) -> None:
        self._exporter = exporter
        self._place = place
        self._away = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        failed = result is not SpanExportResult.SUCCESS
        if failed and not self._away:
            hint = "start it, or check FLUX_TRACING__ENDPOINT; calls go on, their traces are lost meanwhile"
            log.warning("the trace collector takes no spans", collector=self._place, hint=hint)
        elif self._away and not failed:
            log.info("the trace collector takes spans again", collector=self._place)
        self._away = failed
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)
