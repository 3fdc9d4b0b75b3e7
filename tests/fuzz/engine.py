"""One run of atheris, in a process of its own: `python -m tests.fuzz.engine core …`, the rest as libFuzzer takes it.

The package's code is watched, and so is what its string comparisons ask for; the oracles are not.
"""

from __future__ import annotations

import sys

import atheris

from .corpus import kept


def main() -> None:
    name, *options = sys.argv[1:]
    atheris.enabled_hooks.add("str")
    with atheris.instrument_imports(include=["rxstruct"]):
        from .targets import TARGETS

        for each in kept(name):  # parts of the package are imported as they are first used
            TARGETS[name](each)
    itself = f"{sys.executable} -m tests.fuzz.engine {name}"  # which libFuzzer starts anew when it merges
    atheris.Setup([itself, *options], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
