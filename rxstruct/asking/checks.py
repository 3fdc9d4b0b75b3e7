"""Semantic checks: what a type can't say of a value, looked at as it closes.

What goes in: the partials of one document, in order. What comes out: a `FieldInvalid` for the first check that fails.
What always holds: a check runs once for each value that its path names, as that value closes, and a plain one before the partial
is shown. An async one runs beside the stream: on the running loop, or where there is none on a thread.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import inspect
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from functools import partial as bound
from typing import Any, TypeAlias

from ..errors import FieldInvalid, PathInvalid, RxStructError, SourceFailed, excerpt, path_text, printable
from ..incremental import JsonSnapshot
from ..incremental.changes import Follower
from ..partial import Plan, plan_of
from ..partial.following import PartialView
from ..partial.paths import check_path
from ..partial.plan import MappingPlan, RecordPlan, SequencePlan
from ..policy import running_loop
from ..typing import ABSENT, Path, PathPattern

Check: TypeAlias = Callable[..., Any]
"""`check(partial)` or `check(partial, path)`, plain or async: it raises ValueError (or AssertionError) for what is not right."""

Checks: TypeAlias = Mapping[Any, Check]
"""By the path of the values that each looks at: a field's name, or a tuple, in which `EACH` stands for all elements."""

Judged: TypeAlias = "dict[tuple[Check, Path], Any]"
"""What has passed: by check and path, the value."""

WORRIES = (ValueError, AssertionError)
Verdict: TypeAlias = "asyncio.Future[None] | concurrent.futures.Future[None]"


def patterns_of(model: Any, checks: Checks) -> list[tuple[PathPattern, Check]]:
    """The checks by their path patterns; PathInvalid for one that the model cannot have, TypeError for what are no checks."""
    if not isinstance(checks, Mapping):
        raise TypeError(
            f"checks is a {type(checks).__name__}: give a dict of functions by path, as in {{'age': check}}"
        )
    for path, check in checks.items():
        if not callable(check):
            raise TypeError(f"checks[{path!r}] is a {type(check).__name__}: give a function of the partial")
        if arguments_of(check) == 0:
            raise TypeError(
                f"checks[{path!r}] can't be called: give a function of the partial, or of the partial and the path"
            )
    patterns = [(path if isinstance(path, tuple) else (path,), check) for path, check in checks.items()]
    for pattern, _ in patterns:
        check_path(plan_of(model), pattern)
    return patterns


def arguments_of(check: Check) -> int:
    """How many of the partial and the path a check takes; 0 where it can be called with neither one nor both."""
    try:
        signature = inspect.signature(check)
    except ValueError:  # some that are written in C have none
        return 1
    for count in (2, 1):
        with suppress(TypeError):
            signature.bind(*range(count))
            return count
    return 0


class Checking:
    """The checks of one document.

    Args:
        model: the document's type.
        patterns: which check looks at which values.
        on_verdict: called on the loop when an async check has ended there.
        judged: what has passed in another document: the same object at the same path needs no second look.
    """

    def __init__(
        self, model: Any, patterns: list[tuple[PathPattern, Check]], on_verdict: Callable[[], None], judged: Judged
    ) -> None:
        self._plan = plan_of(model)
        self._followers = [(Follower(PartialView(), pattern), check) for pattern, check in patterns]
        self._on_verdict = on_verdict
        self.judged = judged
        self._pending: set[Verdict] = set()
        self._threads: concurrent.futures.ThreadPoolExecutor | None = None
        self.failure: RxStructError | None = None
        """What the first async check that failed has found."""

    def take(self, partial: Any, snapshot: JsonSnapshot) -> None:
        """Look at what has closed in a new partial, made from this snapshot.

        Raises:
            FieldInvalid: by the first plain check that refuses a value.
            SourceFailed: by the first that raises anything else.
        """
        for follower, check in self._followers:
            for change in follower.advance(partial):
                known = self.judged.get((check, change.path), ABSENT)
                if change.kind == "closed" and (known is ABSENT or known is not change.value):
                    self._run(check, partial, change.path, change.value, snapshot)

    @property
    def is_pending(self) -> bool:
        return bool(self._pending)

    def wait(self) -> bool:
        """Until the checks have ended that run on threads; whether there were any."""
        on_threads = [each for each in self._pending if isinstance(each, concurrent.futures.Future)]
        concurrent.futures.wait(on_threads)
        for verdict in on_threads:
            self._ended(verdict)  # its own callback may still be on its way
        return bool(on_threads)

    def cancel(self) -> None:
        """The document is given up, and no verdict matters any more. (A check that has begun on a thread runs on to its end.)"""
        pending, self._pending = self._pending, set()
        for verdict in pending:
            verdict.cancel()
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

    def _run(self, check: Check, partial: Any, path: Path, value: Any, snapshot: JsonSnapshot) -> None:
        try:
            verdict = check(*(partial, path)[: arguments_of(check)])
        except Exception as error:
            raise self._refusal(error, path, value, snapshot) from error
        if not inspect.isawaitable(verdict):
            self.judged[check, path] = value
            return
        awaited = verdict

        async def judge() -> None:
            try:
                await awaited
            except Exception as error:
                raise self._refusal(error, path, value, snapshot) from error
            self.judged[check, path] = value

        self._begin(judge)

    def _begin(self, judge: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if running_loop() is not None:
            task = asyncio.ensure_future(judge())
            self._pending.add(task)
            task.add_done_callback(self._ended)
            task.add_done_callback(lambda _: self._on_verdict())
            return
        if self._threads is None:
            self._threads = concurrent.futures.ThreadPoolExecutor(thread_name_prefix="rxstruct check")
        future = self._threads.submit(contextvars.copy_context().run, bound(asyncio.run, judge()))
        self._pending.add(future)
        future.add_done_callback(self._ended)

    def _ended(self, verdict: Verdict) -> None:
        if verdict in self._pending and self.failure is None:
            self.failure = failure_of(verdict)
        self._pending.discard(verdict)

    def _refusal(self, error: Exception, path: Path, value: Any, snapshot: JsonSnapshot) -> RxStructError:
        """What an exception in a check means: that the value is not right, or that the check itself is not."""
        where = document_path(self._plan, snapshot.value, path)
        if not isinstance(error, WORRIES) or isinstance(
            error, PathInvalid
        ):  # a wrong name in the check is no wrong answer
            return SourceFailed(
                f"the check of {path_text(where)} raised {type(error).__name__}: {excerpt(str(error), 200)}; "
                "to refuse a value, it must raise ValueError"
            )
        found = {"type": "check_failed", "loc": where, "msg": str(error), "input": value}
        message = f"{path_text(where)}: {printable(str(error))} (check_failed): ask again"
        return FieldInvalid(message, path=where, errors=[found])


def failure_of(verdict: Verdict) -> RxStructError | None:
    """What a check that has ended has found; None where it has passed its value. One that was cancelled has passed nothing."""
    error = asyncio.CancelledError() if verdict.cancelled() else verdict.exception()
    if error is None or isinstance(error, RxStructError):
        return error
    failure = SourceFailed(
        f"a check ended with {type(error).__name__} before it had a verdict, so its value is not known to be right"
    )
    failure.__cause__ = error
    return failure


def document_path(plan: Plan, value: Any, path: Path) -> Path:
    """The document's own path for a path of a partial's names."""
    found: list[str | int] = []
    here: Plan | None = plan
    for name in path:
        opened: Any = None if here is None else here.opened_by(value)
        segment: Any = name
        here = None
        if isinstance(opened, RecordPlan):
            keys = [key for key in value if key in opened.by_key and opened.by_key[key].name == name]
            segment = keys[0] if keys else name
            here = opened.fields[name].plan if isinstance(name, str) and name in opened.fields else opened.extras
        elif isinstance(opened, SequencePlan) and isinstance(name, int):
            here = opened.element(name)
        elif isinstance(opened, MappingPlan):
            here = opened.values
        found.append(segment)
        value = value[segment] if isinstance(value, dict | list) and segment in range_or_keys(value) else None
    return tuple(found)


def range_or_keys(value: dict[str, Any] | list[Any]) -> Any:
    return value if isinstance(value, dict) else range(len(value))
