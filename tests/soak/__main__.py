"""Run the soak: `python -m tests.soak [STREAMS]`."""

from __future__ import annotations

import argparse
import sys

from .soak import soak

parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
parser.add_argument("streams", nargs="?", type=int, default=10_000, help="how many; 10,000 by default")


def main() -> int:
    soaked = soak(parser.parse_args().streams)
    print(f"{soaked.streams:,} streams, each as it should be:")
    for name, number in soaked.endings.most_common():
        print(f"  {number:>6,}  {name}")
    print(f"Leaks: {len(soaked.leaks)}", *soaked.leaks[:20], sep="\n  ")
    print(f"Memory at most: {soaked.peak / 1e6:.1f} MB; after a collection:")
    for streams, memory in soaked.samples.items():
        print(
            f"  {streams:>6,} streams: {memory.bytes / 1e6:.1f} MB, {memory.blocks:,} blocks, {memory.objects:,} objects"
        )
    return 1 if soaked.leaks else 0


if __name__ == "__main__":
    sys.exit(main())
