"""Try the tests on mutants of the code: `make mutants`, or `make mutants ARGS=rxstruct/incremental/patches.py`.

Prints the mutants that survive without an explanation in `survivors.toml`, and ends with an error if there are any, or if an
explanation has nothing to explain any more. The counts of each file are kept in `counts.json`; with `--since COMMIT`, which tries
only the functions that have changed, none are.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from pathlib import Path

from .mutants import Mutant, Name, functions_in, mutants_of

PACKAGES = ("rxstruct/incremental", "rxstruct/partial")
HERE = Path(__file__).parent
SURVIVORS = HERE / "survivors.toml"
COUNTS = HERE / "counts.json"
KINDS = ("made", "killed", "timed out", "explained", "unexplained")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutation", description="Try the tests on mutants of the code."
    )
    parser.add_argument(
        "files", nargs="*", type=Path, help="the files to mutate; by default, all of " + " and ".join(PACKAGES)
    )
    parser.add_argument(
        "--since", metavar="COMMIT", help="only the functions that have changed since then; keeps no counts"
    )
    options = parser.parse_args()
    files = options.files or [file for package in PACKAGES for file in sorted(Path(package).glob("*.py"))]
    os.environ["RXSTRUCT_PROFILE"] = "mutants"

    from .trying import Outcome, try_all

    mutants = [mutant for file in files for mutant in mutants_of(file)]
    if options.since:
        changed = {(file, function) for file in files for function in changed_functions(file, options.since)}
        mutants = [mutant for mutant in mutants if (mutant.path, mutant.function) in changed]
    explained = explanations()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    survived: set[Name] = set()
    done = 0

    def report(mutant: Mutant, outcome: Outcome) -> None:
        nonlocal done
        done += 1
        kind: str = outcome
        if outcome == "survived":
            survived.add(mutant.name)
            kind = "explained" if mutant.name in explained else "unexplained"
        if kind == "unexplained":
            print(f"{mutant.path}:{mutant.first_line}  {mutant.function}\n    {mutant.change}", flush=True)
        counts[mutant.path.as_posix()][kind] += 1
        counts[mutant.path.as_posix()]["made"] += 1
        if done % 100 == 0:
            print(f"… {done} of {len(mutants)}", file=sys.stderr, flush=True)

    try_all(mutants, explained, report)
    tried = {mutant.name for mutant in mutants}
    gone = {name for name in explained if name[0] in map(str, files)} - {
        mutant.name for file in files for mutant in mutants_of(file)
    }
    needless = sorted((explained & tried - survived) | gone)
    for file, function, change in needless:
        print(f"{SURVIVORS.name} explains what does not survive: {file}  {function}\n    {change}")
    if not options.since:
        keep(counts)
    for file in sorted(counts):
        print(f"{file:40}" + "  ".join(f"{kind} {counts[file][kind]:>4}" for kind in KINDS))
    total = sum(counts.values(), Counter())
    print(f"{'in all':40}" + "  ".join(f"{kind} {total[kind]:>4}" for kind in KINDS))
    sys.exit(1 if total["unexplained"] or needless else 0)


def changed_functions(file: Path, since: str) -> set[str]:
    """The functions of a file that are not what they were at a commit."""
    shown = subprocess.run(["git", "show", f"{since}:{file.as_posix()}"], capture_output=True, text=True, check=False)
    before = functions_in(shown.stdout)
    return {name for name, source in functions_in(file.read_text("utf-8")).items() if before.get(name) != source}


def explanations() -> set[Name]:
    """The mutants that are known to survive, each for a reason."""
    explained = tomllib.loads(SURVIVORS.read_text("utf-8"))["explained"]
    return {(each["file"], each["function"], change) for each in explained for change in each["changes"]}


def keep(counts: dict[str, Counter[str]]) -> None:
    """Write the counts of the files that were mutated beside those of the others, and their sum for `make trust`."""
    kept = json.loads(COUNTS.read_text("utf-8"))["files"] if COUNTS.exists() else {}
    kept |= {file: {kind: counted[kind] for kind in KINDS} for file, counted in counts.items()}
    files = {file: kept[file] for file in sorted(kept) if Path(file).exists()}
    in_all = {kind: sum(counted[kind] for counted in files.values()) for kind in KINDS}
    COUNTS.write_text(json.dumps({"in all": in_all, "files": files}, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
