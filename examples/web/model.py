"""The model, where there is no network: a server on this machine that writes a report, or fails as a language model may."""

from __future__ import annotations

import copy
import json
from typing import Any

from rxstruct.testing.exchange import ReceivedRequest, Reply
from rxstruct.testing.recordings import path_of
from rxstruct.testing.replies import answer, http_error
from rxstruct.testing.server import LoopbackServer

DELTAS_PER_SECOND = 25.0
REPORT: dict[str, Any] = json.loads(path_of("report.json").read_text("utf-8"))


def loopback_model(speed: float = DELTAS_PER_SECOND) -> LoopbackServer:
    """A server that answers by the name of the model that it is asked for: one of the page's scenarios."""

    invalid = copy.deepcopy(REPORT)
    invalid["sections"][1]["sources"] = "several"

    def respond(request: ReceivedRequest) -> Reply:
        is_asked_again = len(request.body["messages"]) > 1
        match request.body["model"]:
            case "cut-off":
                text = json.dumps(REPORT, ensure_ascii=False)
                return answer(text[: len(text) * 2 // 3], speed=speed, finish_reason="length")
            case "stubborn":
                return answer(invalid, speed=speed)
            case "invalid" if not is_asked_again:
                return answer(invalid, speed=speed)
            case "unauthorized":
                return http_error(401, "there is no such key")
            case _:
                return answer(REPORT, speed=speed)

    return LoopbackServer(respond=respond)
