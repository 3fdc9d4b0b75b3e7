"""The example that makes OpenTelemetry spans."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import rxstruct as rxs

from .scenes import MESSAGES, Person, said, scripted, watch

EXAMPLE = Path(__file__).parents[2] / "examples" / "tracing.py"


def test_each_request_is_a_span() -> None:
    """Each request is a span: why it was made, what it used, and what was wrong with its answer."""
    spec = importlib.util.spec_from_file_location("tracing", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    client = scripted(said({"name": "Ada", "age": -1}), said({"name": "Ada", "age": 36}))
    on_event = example.traced(provider.get_tracer("test"))
    watch(rxs.ask(client, Person, messages=MESSAGES, model="any", on_event=on_event))
    first, second = exporter.get_finished_spans()
    assert first.name == second.name == "chat any"
    assert [dict(span.attributes or {})["rxstruct.reason"] for span in (first, second)] == ["first", "restart"]
    assert not first.status.is_ok
    assert [event.name for event in first.events] == ["exception"]
    assert second.status.is_ok
    assert dict(second.attributes or {})["gen_ai.usage.output_tokens"] == 7
