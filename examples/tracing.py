"""OpenTelemetry spans of an answer that is asked for until it is valid: one for each request. It runs offline.

pip install rxstruct opentelemetry-sdk
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import reactivex as rx
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from pydantic import BaseModel, Field

import rxstruct as rxs


class User(BaseModel):
    name: str
    age: int = Field(gt=0)


def traced(tracer: trace.Tracer) -> Callable[[rxs.AskEvent], None]:
    """What to give as `on_event`: each request becomes a span, with the attributes of OpenTelemetry's conventions for GenAI."""
    spans: dict[int, trace.Span] = {}

    def on_event(event: rxs.AskEvent) -> None:
        match event:
            case rxs.RequestStarted(request, attempt, reason, keywords):
                span = spans[request] = tracer.start_span(f"chat {keywords.get('model', '')}".strip())
                span.set_attributes({"rxstruct.attempt": attempt, "rxstruct.reason": reason})
            case rxs.RequestEnded(request, _, _, failure, usage, _):
                span = spans.pop(request)
                span.set_attribute("gen_ai.usage.input_tokens", usage.input_tokens)
                span.set_attribute("gen_ai.usage.output_tokens", usage.output_tokens)
                span.set_attribute("rxstruct.usage.estimated", usage.estimated)
                if failure is not None:
                    span.record_exception(failure)
                    span.set_status(trace.StatusCode.ERROR, str(failure))
                span.end()

    return on_event


def main() -> None:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter()))
    answers = iter(['{"name": "Ada", "age": -1}', '{"name": "Ada", "age": 36}'])

    def model(**request: Any) -> rx.Observable[rxs.Event]:  # an OpenAI client goes here
        return rx.of(rxs.TextDelta(next(answers)), rxs.Finish("stop"))

    question = [{"role": "user", "content": "Who was the first programmer?"}]
    on_event = traced(provider.get_tracer("rxstruct"))
    print(rxs.ask(model, User, messages=question, on_event=on_event).final())


if __name__ == "__main__":
    main()
