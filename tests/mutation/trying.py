"""Tries the tests on mutants, each in a process of its own, which is forked once the tests have been collected.

What goes in: mutants. What comes out: of each, whether the tests passed (it survived), failed (it is killed), or did not end.
What always holds:

1. No file is changed: a mutant exists in the memory of the process that tries it. So the working tree can be worked in meanwhile.
2. The tests that reach the mutant's statement are run, the quickest first, up to the first that fails. Those that have just
   killed another mutant in the same function or file go before all others.
3. Where only a fresh import can show the change (a table, a default value, what no test comes by), the process imports the
   package and its tests again.
"""

from __future__ import annotations

import gc
import importlib.abc
import importlib.machinery
import importlib.util
import os
import pickle
import resource
import signal
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import _lru_cache_wrapper
from itertools import accumulate
from pathlib import Path
from time import process_time
from types import CodeType, FunctionType, ModuleType
from typing import Any, Literal, NoReturn

import pytest
from _pytest.runner import runtestprotocol

from .mutants import Mutant, Name

TESTS = (
    "tests/incremental",
    "tests/partial",
    "tests/operators",
    "tests/sinks/test_json_patches.py",
    "tests/test_cost.py",
    "tests/test_limits.py::test_a_document",
    "tests/test_limits.py::test_json_lines",
    "tests/test_limits.py::test_integers_that_this_process_does_not_convert",
    "tests/test_limits.py::test_longer_integers_where_the_process_converts_them",
    "tests/test_limits.py::test_unknown_fields",
    "tests/test_limits.py::test_no_unknown_fields",
    "rxstruct/incremental",
    "rxstruct/partial",
    "rxstruct/operators",
)
"""Those that are about the code that is mutated, and take no network and no time."""
IMPORTED_AGAIN = ("rxstruct", "tests", "benchmarks")
ENOUGH = 20.0
"""Where the tests that come by would take longer, the slowest are left out: a tenth of all takes most of the time."""
ENOUGH_FOR_EXPLAINED = 4.0
"""The same for a mutant of which it is known why it survives: those would take most of a run's time."""
SECONDS = 5.0
"""A test may take this much longer than it took at first, and ten times as long; after that, it hangs."""
MEMORY = 4 << 30

Outcome = Literal["killed", "timed out", "survived"]


@dataclass
class Reach:
    """What each test took of a processor, and which of them come by each line: numbers are indices into the tests."""

    seconds: list[float]
    tests_at: dict[tuple[str, int], set[int]]

    def tests_of(self, mutant: Mutant, enough: float = ENOUGH) -> list[int]:
        """The tests that reach a mutant, the quickest first, as many as take so many seconds."""
        path = str(mutant.path.resolve())
        lines = range(mutant.first_line, mutant.last_line + 1)
        found = set().union(*(self.tests_at.get((path, line), set()) for line in lines))
        in_order = sorted(found, key=self.seconds.__getitem__)
        ends = accumulate(self.seconds[test] for test in in_order)
        return [test for test, end in zip(in_order, ends, strict=True) if end <= enough]


def try_all(mutants: list[Mutant], explained: Collection[Name], report: Callable[[Mutant, Outcome], None]) -> None:
    """Try the tests on each mutant, as many at a time as there are processors; `report` is called as each has been tried."""
    trials = Trials(mutants, explained, report)
    code = pytest.main(["-qq", "-s", "-p", "no:cacheprovider", *TESTS], plugins=[trials])
    if trials.problem or code != 0:
        sys.exit(trials.problem or "the tests cannot be collected")


class Trials:
    """A pytest plugin that takes the place of the run, once the tests have been collected."""

    def __init__(
        self, mutants: list[Mutant], explained: Collection[Name], report: Callable[[Mutant, Outcome], None]
    ) -> None:
        self._mutants = mutants
        self._explained = explained
        self._report = report
        self.problem = ""

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = session.items
        reach = in_child(lambda: reach_of(items, {str(mutant.path.resolve()) for mutant in self._mutants}))
        if isinstance(reach, str):
            self.problem = reach
            return True
        functions = functions_by_code()
        killers = Killers()
        gc.freeze()  # what is there now is not copied when a child collects its garbage
        for mutant, outcome, killer in self._tried(items, reach, functions, killers):
            self._report(mutant, outcome)
            if killer is not None:
                killers.add(mutant, killer)
        return True

    def _tried(
        self,
        items: list[pytest.Item],
        reach: Reach,
        functions: dict[tuple[str, str, int], list[FunctionType]],
        killers: Killers,
    ) -> Iterator[tuple[Mutant, Outcome, int | None]]:
        running: dict[int, tuple[Mutant, int]] = {}
        waiting = list(reversed(self._mutants))
        while waiting or running:
            if waiting and len(running) < (os.cpu_count() or 1):
                mutant = waiting.pop()
                enough = ENOUGH_FOR_EXPLAINED if mutant.name in self._explained else ENOUGH
                tests = killers.first(mutant, reach.tests_of(mutant, enough))
                read, write = os.pipe()
                child = os.fork()
                if child == 0:
                    os.close(read)
                    Trial(mutant, items, reach, functions, write).run(tests)
                os.close(write)
                running[child] = mutant, read
                continue
            child, status = os.wait()
            mutant, read = running.pop(child)
            said = os.read(read, 100)
            os.close(read)
            if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGPROF, signal.SIGALRM):
                yield mutant, "timed out", None
            elif status == 0:
                yield mutant, "survived", None
            else:
                yield mutant, "killed", int(said) if said else None


class Killers:
    """The tests that have killed mutants lately, in a function and in its file: the next one may well be theirs, too."""

    def __init__(self) -> None:
        self._recent: dict[Any, list[int]] = defaultdict(list)

    def add(self, mutant: Mutant, test: int) -> None:
        for place, number in ((mutant.path, mutant.function), 3), (mutant.path, 20):
            recent = self._recent[place]
            recent[:] = [test, *(each for each in recent if each != test)][:number]

    def first(self, mutant: Mutant, tests: list[int]) -> list[int]:
        """The tests in the order in which to run them."""
        recent = [*self._recent[mutant.path, mutant.function], *self._recent[mutant.path]]
        return [*dict.fromkeys(test for test in (*recent, *tests) if test in tests)]


class Trial:
    """The tests of one mutant, in a process of its own, which ends with them."""

    def __init__(
        self,
        mutant: Mutant,
        items: list[pytest.Item],
        reach: Reach,
        functions: dict[tuple[str, str, int], list[FunctionType]],
        pipe: int,
    ) -> None:
        self._mutant = mutant
        self._items = items
        self._reach = reach
        self._functions = functions
        self._pipe = pipe

    def run(self, tests: list[int]) -> NoReturn:
        silence()
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        try:
            code = self._mutant.code()
            has_passed = self._on_items(tests) if tests and self._patch(code) else self._imported_again(code)
        except BaseException:
            os._exit(1)
        os._exit(0 if has_passed else 1)

    def _patch(self, code: CodeType) -> bool:
        """Give the mutated code to the functions that have the old one; False where that is not possible."""
        if self._mutant.runs_at_import:
            return False
        found = [part for part in codes_in(code) if part.co_qualname == self._mutant.function]
        for part in found:
            for function in self._functions.get(identity(part), []):
                if function.__code__.co_freevars != part.co_freevars:
                    return False
                function.__code__ = part
        return True

    def _on_items(self, tests: list[int]) -> bool:
        items = [self._items[test] for test in tests]
        for test, item, next_item in zip(tests, items, [*items[1:], None], strict=True):
            limit_time(SECONDS + 10 * self._reach.seconds[test])
            if any(report.failed for report in runtestprotocol(item, nextitem=next_item, log=False)):
                os.write(self._pipe, str(test).encode())
                return False
        return True

    def _imported_again(self, code: CodeType) -> bool:
        limit_time(SECONDS + 10 * sum(self._reach.seconds))
        for name in [name for name in sys.modules if name.partition(".")[0] in IMPORTED_AGAIN]:
            del sys.modules[name]
        sys.meta_path.insert(0, Finder(self._mutant.path, code))
        package = self._mutant.path.parent.name
        tests = sorted(TESTS, key=lambda test: package not in test)
        return pytest.main(["-x", "-qq", "-p", "no:cacheprovider", *tests]) == 0


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from code that is not in its file."""

    def __init__(self, path: Path, code: CodeType) -> None:
        self._name = ".".join(path.with_suffix("").parts)
        self._path = path
        self._code = code

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name != self._name:
            return None
        return importlib.util.spec_from_file_location(name, self._path.resolve(), loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(self._code, module.__dict__)


def reach_of(items: list[pytest.Item], paths: set[str]) -> Reach | str:
    """Run all tests once, to see what each takes, and where it comes by."""
    import coverage  # an optional dependency

    measured = coverage.Coverage(data_file=None, include=paths, messages=False)
    seconds = []
    caches = [each for each in gc.get_objects() if isinstance(each, _lru_cache_wrapper) and is_ours(each)]
    measured.start()
    for test, (item, next_item) in enumerate(zip(items, [*items[1:], None], strict=True)):
        measured.switch_context(str(test))
        for cache in caches:  # what another test has left in them, this one comes by all the same
            cache.cache_clear()
        start = process_time()  # whatever else the machine does meanwhile
        failed = [report for report in runtestprotocol(item, nextitem=next_item, log=False) if report.failed]
        if failed and not counts_instructions(item):
            return f"{item.nodeid} fails on the code as it is:\n{failed[0].longreprtext}"
        seconds.append(process_time() - start)
    measured.stop()
    data = measured.get_data()
    tests_at = {
        (path, line): {int(context) for context in contexts if context}
        for path in data.measured_files()
        for line, contexts in data.contexts_by_lineno(path).items()
    }
    return Reach(seconds, tests_at)


def is_ours(function: Any) -> bool:
    return str(function.__module__).partition(".")[0] in IMPORTED_AGAIN


def counts_instructions(item: pytest.Item) -> bool:
    """Whether a test takes the place of the tracer that measures what it reaches."""
    return item.path.name == "test_cost.py"


def functions_by_code() -> dict[tuple[str, str, int], list[FunctionType]]:
    """All functions there are, by where their code comes from."""
    functions = defaultdict(list)
    for each in gc.get_objects():
        if isinstance(each, FunctionType):
            functions[identity(each.__code__)].append(each)
    return functions


def identity(code: CodeType) -> tuple[str, str, int]:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def codes_in(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes_in(constant)


def in_child(work: Callable[[], Any]) -> Any:
    """The result of `work`, which a process of its own does, so that nothing of it is left in this one."""
    with tempfile.TemporaryFile() as file:
        child = os.fork()
        if child == 0:
            silence()
            try:
                pickle.dump(work(), file)
                file.flush()
            except BaseException as error:
                pickle.dump(f"{type(error).__name__}: {error}", file)
                file.flush()
            os._exit(0)
        os.waitpid(child, 0)
        file.seek(0)
        return pickle.load(file)


def silence() -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nothing, stream)


def limit_time(seconds: float) -> None:
    """End this process when it has worked for so long, or waited for ten times as long."""
    for timer, number, limit in (
        (signal.ITIMER_PROF, signal.SIGPROF, seconds),
        (signal.ITIMER_REAL, signal.SIGALRM, 10 * seconds),
    ):
        signal.signal(number, signal.SIG_DFL)
        signal.setitimer(timer, limit)


__all__ = ["ENOUGH", "Finder", "Outcome", "Reach", "try_all"]
