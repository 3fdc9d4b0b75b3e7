"""`python -m examples.web`: serve the page, by default with a model on this machine that needs no network."""

from __future__ import annotations

import argparse
import os
from contextlib import ExitStack

import uvicorn
from openai import AsyncOpenAI

from .app import create_app
from .model import loopback_model


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m examples.web", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="the port to serve on (default: 8000)")
    parser.add_argument("--base-url", metavar="URL", help="an OpenAI-compatible provider; its key is in OPENAI_API_KEY")
    parser.add_argument(
        "--llm", metavar="NAME", default="gpt-4o-mini", help="the provider's model (default: %(default)s)"
    )
    options = parser.parse_args()
    with ExitStack() as stack:
        if options.base_url:
            app = create_app(AsyncOpenAI(base_url=options.base_url), options.llm)
        else:
            model = stack.enter_context(loopback_model())
            app = create_app(AsyncOpenAI(base_url=model.base_url, api_key="none", max_retries=0))
        print(f"Open http://127.0.0.1:{options.port} (Ctrl-C stops)")
        uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="warning", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    os.environ.setdefault("OPENAI_API_KEY", "none")
    main()
