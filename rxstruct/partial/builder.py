"""From snapshot to partial: `PartialBuilder`.

What goes in: snapshots of one document, any of which may have been left out. What comes out: a partial for each that changed what
can be seen; a `FieldInvalid` where a value breaks its type's rules.
What always holds:

1. Values are taken in the order in which they closed in the text, each once. So the state after n characters is a function of
   these characters, whichever snapshots were seen.
2. A value that arrived whole between two snapshots is validated whole by pydantic; one that was seen open is put together from
   its parts, each of which was validated as it closed (see `assembly.py`). Where that could make a difference, because an object
   in it repeats a key and pydantic would look at the last value alone, the one that arrived whole is taken in parts as well.
3. An error names the first character at which the rules decide the value: where one delta brought more, the text is read again up
   to there. The error's partial is the state just before that character.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, NoReturn

from pydantic import ValidationError

from ..errors import FieldInvalid, LimitExceeded, RxStructError, SourceFailed, path_text
from ..incremental import JsonDocument, JsonSnapshot
from ..incremental.builder import Structure
from ..limits import MAX_UNKNOWN_FIELDS
from ..typing import ABSENT, JsonValue, Path
from .invalid import Loc, field_invalid, path_within, validator_failed
from .level import Grow, HiddenLevel, Level, Rejected, RootLevel, TaggedLevel, inside_root_models, level_for
from .plan import MappingPlan, Plan, RecordPlan, SequencePlan
from .state import STATEFUL, Shape, State, attach_to_container, attach_to_model

BEHIND_BRACKETS: Final = re.compile(r"(?<=[\[{])")
MOST_LEVELS = 200
"""Containers that may be around a value where pydantic's `validate_json` is to read it."""
TOO_DEEP: Final = {"type": "json_invalid", "loc": (), "msg": "Invalid JSON: recursion limit exceeded"}
SHORTEST_MEMBER = 5
"""Characters of the shortest member of an object, `"":0,`: so a short text need not be looked through for too many of them."""


class Failure(Exception):
    """A value broke its type's rules.

    `path` and `loc` lead to the value; `position` is the deciding character, or None where that is to be found; `labels` are
    the union members that pydantic names before the value's own parts.
    """

    def __init__(
        self, errors: list[Any], path: Path, loc: Loc, value: JsonValue, position: int | None, labels: Loc = ()
    ) -> None:
        super().__init__()  # without its arguments, which would be printed in a traceback
        self.errors = errors
        self.path = path
        self.loc = loc
        self.labels = labels
        self.value = value
        self.position = position


class TooManyUnknown(Failure):
    """An object has more fields that its type does not declare than it may."""


class ValidatorRaised(Failure):
    """An author's validator raised what pydantic does not take for a refusal; it is the `__cause__`."""

    def __init__(self) -> None:
        super().__init__([], (), (), None, None)


class PartialBuilder:
    """Builds the partials of one document.

    Args:
        plan: how the document's type streams.
        context: handed to validators as pydantic does.
        fails_at_end: whether a broken rule is held back until the document has closed.
        max_unknown_fields: how many fields an object may have that its type does not declare.
        known: what another builder of this plan has validated already: by path, the text, and what became of it. A value of the
            same text at the same path becomes the same object.
    """

    def __init__(
        self,
        plan: Plan,
        context: Any = None,
        *,
        fails_at_end: bool = False,
        max_unknown_fields: int = MAX_UNKNOWN_FIELDS,
        known: Mapping[Path, tuple[str, Any]] | None = None,
    ) -> None:
        self._plan = plan
        self._context = context
        self._fails_at_end = fails_at_end
        self._max_unknown_fields = max_unknown_fields
        self._known = known
        self._broken_depth = -1
        """Of the innermost level in which a rule that is held back was broken: it, and all around it, cannot become valid."""
        self._levels: list[Level[Any]] = []
        self._shapes: tuple[Shape, ...] = ()
        self._open: Plan | None = None
        """How the open child of the innermost level streams, where it shows anything."""
        self._structure: Structure | None = None
        self._growing: list[Grow] | None = None
        """Where nothing but an open text goes on: how the levels around it grow, from the innermost outward."""
        self._string_end = -1
        self._position = 0
        """By which offset all that was taken had been decided."""
        self._changed = False
        self._seen: list[int] | None = None
        """What each level that shows had taken when the newest partial was made."""
        self.partial: Any = ABSENT
        """The newest partial."""

    def advance(self, snapshot: JsonSnapshot) -> bool:
        """Take what is new in `snapshot`; whether there is a new partial.

        Raises:
            FieldInvalid: with the state just before the deciding character.
            LimitExceeded: the same, where an object has too many fields that its type does not declare.
            SourceFailed: where an author's validator raised what pydantic does not take for a refusal.
        """
        if self._growing is not None and snapshot.structure is self._structure:
            return self._grow(snapshot, self._growing)
        self._growing = None
        try:
            try:
                self._take(snapshot)
            except Failure as failure:
                self._fail(snapshot, failure)
            return self._render(snapshot)
        except RxStructError:
            raise
        except Exception as error:
            raise self._validator_failed(error, snapshot.text, snapshot) from error

    def _grow(self, snapshot: JsonSnapshot, growing: list[Grow]) -> bool:
        """What `_take` and `_render` come to where only the open text has gone on, which is what most deltas do."""
        string, end = snapshot.structure.open_string, snapshot.string_end
        assert string is not None
        self._position = snapshot.position
        if end == self._string_end:
            return False
        self._string_end = end
        child: Any = string.read(end)
        for grow in growing:
            child = grow(child, snapshot)
        self.partial = child
        return True

    # -- taking what is new, in the order of the text ------------------------------------------------------------------------

    def _take(self, snapshot: JsonSnapshot) -> None:
        try:
            self._take_new(snapshot)
        except Failure:
            raise
        except Exception as error:
            raise ValidatorRaised() from error

    def _take_new(self, snapshot: JsonSnapshot) -> None:
        if snapshot.structure is not self._structure:
            if is_too_deep(snapshot) and not self._fails_at_end:
                raise Failure([TOO_DEEP], (), (), None, None)
            self._take_structure(snapshot)
            if snapshot.lines and snapshot.is_closed():
                self._changed = True  # the end of the text has closed the list, and nothing else
        if self._open is not None and snapshot.string_end != self._string_end:
            self._changed = True
            if self._open.max_length is not None:
                self._check_length(snapshot, self._open)
        self._string_end = snapshot.string_end
        self._position = snapshot.position

    def _take_structure(self, snapshot: JsonSnapshot) -> None:
        spine, counts, levels = snapshot.spine, snapshot.counts, self._levels
        if not levels:
            levels.append(self._root_level(snapshot))
        kept = 1
        while kept < len(levels) and levels[kept - 1].seen == counts[kept - 1]:
            kept += 1
        while len(levels) > kept:
            self._close_level(snapshot)
        for level, container in zip(levels, spine, strict=False):
            level.container = container  # the same one, unless the text is being read again
        self._take_closed(snapshot, counts[kept - 1])
        while self._open_child(snapshot):
            self._take_closed(snapshot, counts[len(levels) - 1])
        self._structure = snapshot.structure
        self._shapes = tuple([level.shape for level in levels])

    def _root_level(self, snapshot: JsonSnapshot) -> Level[Any]:
        if not snapshot.lines:
            return RootLevel(snapshot.spine[0], self._context, self._plan)
        listed = self._plan.opened(is_object=False)
        if listed is None:
            return HiddenLevel(snapshot.spine[0], self._context, None, 0)
        self._changed = True
        return level_for(listed, snapshot.spine[0], self._context, 0)

    def _take_closed(self, snapshot: JsonSnapshot, count: int) -> None:
        """Take the children of the innermost level up to `count`."""
        level = self._levels[-1]
        while level.seen < count:
            self._take_child(snapshot, level)
            if isinstance(level, TaggedLevel):
                level = self._choose_member(snapshot, level)

    def _take_child(self, snapshot: JsonSnapshot, level: Level[Any], *, was_seen_open: bool = False) -> None:
        """Take a child that has closed, whole."""
        container, index = level.container, level.seen
        value, start, end = container.values[index], container.starts[index], container.ends[index]
        decided = decided_at(value, end, snapshot)
        shows_early = isinstance(value, str | dict | list)
        plan = self._begin(level, start if shows_early else decided)
        if plan is not None:
            raw = snapshot.text_buffer.slice(start, end)
            try:
                closed = self._known_value(level, raw) if self._known else ABSENT
                if closed is ABSENT:
                    if index in container.repetitive and not was_seen_open and plan.opened(isinstance(value, dict)):
                        closed = self._in_parts(level, plan, raw, snapshot)
                    else:
                        closed = plan.close(value, raw, self._context)
            except ValidationError as error:
                if not self._fails_at_end:
                    settled = not isinstance(value, dict | list) and plan.max_length is None
                    raise self._child_failure(level, error.errors(), decided if settled else None) from None
                self._broken_depth = level.depth
                closed = self._show_invalid(level, plan, value, raw, snapshot)
            if end - start > self._max_unknown_fields * SHORTEST_MEMBER:
                self._check_unknown_inside(level, plan, value)
            self._give(level, closed, decided)
            self._changed = True
        level.seen += 1
        self._position = end  # not past the character after a number, which may decide more than the number

    def _known_value(self, level: Level[Any], raw: str) -> Any:
        """What has become before of the child that closes, if its text was the same."""
        assert self._known is not None
        text, value = self._known.get(self._path(level, level.seen), (None, ABSENT))
        return value if text == raw else ABSENT

    def _choose_member(self, snapshot: JsonSnapshot, level: TaggedLevel) -> Level[Any]:
        """Go on as the union's member, if the child just taken says which it is."""
        index = level.seen - 1
        container = level.container
        decided = decided_at(container.values[index], container.ends[index], snapshot)
        try:
            chosen = level.chosen(index)
        except Rejected as rejected:
            if self._fails_at_end:
                return level  # and refuse the whole as it closes
            raise self._container_failure(level, rejected.errors, decided) from None
        if chosen is None:
            return level
        member = level_for(chosen, level.container, self._context, level.depth)
        self._levels[-1] = member
        try:
            self._take_closed(snapshot, index + 1)
        except Exception as failure:  # of a value that came before the discriminator, which now decides it
            self._levels[-1] = level
            if isinstance(failure, Failure):
                failure.position = decided
            raise
        self._changed = True
        return self._levels[-1]  # the member, or the member of a union inside the union

    def _close_level(self, snapshot: JsonSnapshot) -> None:
        """Put the innermost level, which has closed, together, and hand it to the one around it."""
        before = self._before_its_bracket()
        try:
            self._take_closed(snapshot, len(self._levels[-1].container.values))
            self._put_together(snapshot)
        except Exception:
            if before is not None:
                self._levels[-1] = before
            raise
        self._changed = True

    def _before_its_bracket(self) -> Level[Any] | None:
        """A copy of the innermost level, which has closed, if its bracket also decided a number, which may have to be untaken."""
        container = self._levels[-1].container
        if not container.values or not is_number(container.values[-1]) or container.ends[-1] < container.end - 1:
            return None
        return self._levels[-1].copy()

    def _put_together(self, snapshot: JsonSnapshot) -> None:
        parent, level = self._levels[-2:]
        value = self._assembled(level, parent, snapshot)
        if value is ABSENT:
            self._take_child(snapshot, parent, was_seen_open=True)
        else:
            self._give(parent, value, level.container.end - 1)
            parent.seen += 1
            self._position = level.container.end
        self._levels.pop()

    def _assembled(self, level: Level[Any], parent: Level[Any], snapshot: JsonSnapshot) -> Any:
        """The validated container; where a rule that is held back was broken in it, what it has shown."""
        if level.depth > self._broken_depth:
            try:
                return level.assemble()
            except ValidationError as error:
                if not self._fails_at_end:
                    raise self._assembly_failure(level, parent, error, snapshot) from None
        self._broken_depth = parent.depth
        return level.show(ABSENT, (snapshot, self._shapes))

    def _give(self, level: Level[Any], value: Any, decided: int) -> None:
        if value is ABSENT:
            level.shape.leave_out(level.seen)
            return
        before = level.copy() if level.may_refuse else level
        try:
            level.take(level.seen, value)
        except Exception as error:
            if self._fails_at_end and isinstance(error, Rejected):
                self._broken_depth = level.depth
                level.keep(level.seen, value)
                return
            self._levels[level.depth] = before
            if isinstance(error, Rejected):
                raise self._container_failure(before, error.errors, decided) from None
            raise

    def _open_child(self, snapshot: JsonSnapshot) -> bool:
        """See how the open child of the innermost level streams; whether that made it a level of its own."""
        level, depth = self._levels[-1], len(self._levels) - 1
        self._open = None
        string = snapshot.open_string
        if depth + 1 < len(snapshot.spine):
            container = snapshot.spine[depth + 1]
            start = container.start
        elif string is not None:
            container, start = None, string.start - 1
        else:
            return False
        plan = self._begin(level, start)
        if plan is None:
            return False
        if plan.is_any or (container is None and plan.shows_text):
            self._open = plan
            self._changed = True
        if container is None:
            return False
        opened = plan.opened(container.is_object)
        if opened is None:
            self._check_kind(level, plan, container.is_object, start)
            return False
        self._levels.append(level_for(opened, container, self._context, depth + 1))
        self._position = start + 1
        self._changed = True
        return True

    # -- failing -----------------------------------------------------------------------------------------------------------

    def _begin(self, level: Level[Any], position: int) -> Plan | None:
        try:
            plan = level.begin(level.seen)
        except Rejected as rejected:
            if self._fails_at_end:
                self._broken_depth = level.depth
                return None
            raise self._refusal(level, rejected, position) from None
        if level.unknown > self._max_unknown_fields:
            raise TooManyUnknown([], self._path(level), (), None, position)
        return plan

    def _check_unknown_inside(self, level: Level[Any], plan: Plan, value: JsonValue) -> None:
        """Refuse a value that arrived whole as it would be refused in parts; those tell where."""
        limit = self._max_unknown_fields
        if has_wider_object(value, limit) and most_unknown_fields(plan, value) > limit:
            raise TooManyUnknown([], self._path(level, level.seen), (), None, None)

    def _refusal(self, level: Level[Any], rejected: Rejected, position: int) -> Failure:
        """A container does not want the child that begins: because of its key, or because there are enough."""
        concerns_child = rejected.errors[0]["loc"][:1] == (level.segment(level.seen),)
        path = self._path(level, level.seen if concerns_child else None)
        return Failure(rejected.errors, path, (*self._loc(level), *level.plan.labels), None, position)

    def _check_length(self, snapshot: JsonSnapshot, plan: Plan) -> None:
        """A string that is too long already cannot become valid."""
        string = snapshot.open_string
        assert string is not None
        assert plan.max_length is not None
        if self._fails_at_end or len(string.read(snapshot.string_end)) <= plan.max_length:
            return
        raw = snapshot.text_buffer.slice(string.start, snapshot.string_end)
        try:
            plan.validator.validate_json(f'"{raw}"')  # the length comes before whatever has use for the context
        except ValidationError as error:
            raise self._child_failure(self._levels[-1], error.errors(), None) from None

    def _check_kind(self, level: Level[Any], plan: Plan, is_object: bool, start: int) -> None:
        """An object where only an array could be valid, or the other way round, is decided by its bracket."""
        if self._fails_at_end or (plan.takes_object if is_object else plan.takes_array):
            return
        try:
            plan.validator.validate_json("{}" if is_object else "[]")
        except ValidationError as error:
            raise self._child_failure(level, error.errors(), start) from None

    def _child_failure(self, level: Level[Any], errors: list[Any], position: int | None) -> Failure:
        index = level.seen
        values = level.container.values
        value = values[index] if index < len(values) else None
        return Failure(errors, self._path(level, index), (*self._loc(level), *level.loc(index)), value, position)

    def _container_failure(self, level: Level[Any], errors: list[Any], position: int | None) -> Failure:
        loc = (*self._loc(level), *level.plan.labels)
        return Failure(errors, self._path(level), loc, level.container.value, position)

    def _assembly_failure(
        self, level: Level[Any], parent: Level[Any], error: ValidationError, snapshot: JsonSnapshot
    ) -> Failure:
        """The parts were valid and the whole is not; pydantic says it best of the text."""
        container = level.container
        plan = parent.begin(parent.seen)
        assert plan is not None
        try:
            plan.validator.validate_json(
                snapshot.text_buffer.slice(container.start, container.end), context=self._context
            )
        except ValidationError as whole:
            error = whole
        loc = (*self._loc(parent), *parent.loc(parent.seen))
        return Failure(error.errors(), self._path(level), loc, container.value, container.end - 1, level.plan.labels)

    def _path(self, level: Level[Any], index: int | None = None) -> Path:
        """The document's path to a level, or to its child `index`."""
        depth = self._levels.index(level)
        outer = self._levels[: depth + 1] if index is not None else self._levels[:depth]
        return tuple(segment for around in outer if (segment := around.segment(around.seen)) is not None)

    def _loc(self, level: Level[Any]) -> Loc:
        """pydantic's `loc` of a level."""
        depth = self._levels.index(level)
        return tuple(part for around in self._levels[:depth] for part in around.loc(around.seen))

    def _fail(self, snapshot: JsonSnapshot, failure: Failure) -> NoReturn:
        shown = (self._structure.counts if self._structure else None, self._string_end)
        failure = self._locate(snapshot, failure)
        position = failure.position
        assert position is not None
        document = snapshot.origin.restart()
        text = snapshot.text_buffer.slice(0, position + 1)
        document.feed(text[:position])
        if document.snapshot is not None and (document.snapshot.counts, document.snapshot.string_end) != shown:
            self._take(document.snapshot)
            self._render(document.snapshot)
        if isinstance(failure, ValidatorRaised):
            cause = failure.__cause__
            assert isinstance(cause, Exception)
            raise self._validator_failed(cause, text, document.snapshot) from cause
        if isinstance(failure, TooManyUnknown):
            raise self._too_many_unknown(failure, position, text, document.snapshot) from None
        raise self._field_invalid(failure, position, text, document.snapshot) from None

    def _field_invalid(self, failure: Failure, position: int, text: str, snapshot: JsonSnapshot | None) -> FieldInvalid:
        path = failure.path + path_within(failure.value, failure.errors[0], failure.labels)
        return field_invalid(
            failure.errors,
            plan=self._plan,
            path=path,
            where=path,
            loc=failure.loc,
            ending=f", at position {position}: ask again, or loosen the model",
            text=text,
            snapshot=snapshot,
            partial=self._shown(),
        )

    def _validator_failed(self, error: Exception, text: str, snapshot: JsonSnapshot | None) -> SourceFailed:
        return validator_failed(error, plan=self._plan, text=text, snapshot=snapshot, partial=self._shown())

    def _shown(self) -> Any:
        """The newest partial, as an error carries it."""
        return None if self.partial is ABSENT else self.partial

    def _too_many_unknown(
        self, failure: Failure, position: int, text: str, snapshot: JsonSnapshot | None
    ) -> LimitExceeded:
        return LimitExceeded(
            f"{path_text(failure.path)} has more than {self._max_unknown_fields} fields that its model does not declare, "
            f"at position {position}: to allow it, raise max_unknown_fields of to_partial()",
            limit="max_unknown_fields",
            text=text,
            snapshot=snapshot,
            partial=self._shown(),
        )

    def _locate(self, snapshot: JsonSnapshot, failure: Failure) -> Failure:
        """Read again what is new, in ever smaller pieces, until one character makes the difference."""
        low, high = self._position, snapshot.position
        is_one_step = high - low <= 1
        while failure.position is None and not is_one_step:
            is_one_step = high - low <= 1
            middle = (low + high + 1) // 2
            document = snapshot.origin.restart()
            document.feed(snapshot.text_buffer.slice(0, low))
            if document.snapshot is not None:
                self._take(document.snapshot)
            document.feed(snapshot.text_buffer.slice(low, middle))
            try:
                if document.snapshot is not None:
                    self._take(document.snapshot)
                low = middle
            except Failure as found:
                failure, high = found, middle
                low = max(low, self._position)
        if failure.position is None:
            failure.position = high - 1
        return failure

    # -- showing -----------------------------------------------------------------------------------------------------------

    def _render(self, snapshot: JsonSnapshot) -> bool:
        """Make the partial anew, if anything has changed."""
        if not self._changed:
            return False
        self._changed = False
        if self._has_closed(snapshot):
            self.partial = self._final(snapshot)
            return True
        origin = (snapshot, self._shapes)
        child = ABSENT if self._open is None else self._open_value(snapshot, self._open)
        hidden_from = None
        for level in reversed(self._levels):
            child = level.show(child, origin)
            if child is ABSENT:
                hidden_from = level.depth
        if hidden_from is None:
            self._seen = [level.seen for level in self._levels]
            self._growing = self._around_growing_text(self._open)
        elif self._is_hidden(hidden_from):
            return False
        if type(child) in STATEFUL:
            child = attach_to_container(child, State(snapshot, self._shapes, snapshot.root_level))
            self._growing = None
        self.partial = child
        return True

    def _around_growing_text(self, plan: Plan | None) -> list[Grow] | None:
        """How the open levels grow, from the innermost outward; None where more text could mean more than that."""
        if plan is None or not plan.shows_text or plan.max_length is not None or plan.root_models:
            return None
        return [level.growing(self._shapes) for level in reversed(self._levels) if not isinstance(level, RootLevel)]

    def _is_hidden(self, depth: int) -> bool:
        """Whether all that is new lies inside the level at `depth`, which shows nothing."""
        seen = [level.seen for level in self._levels[:depth]]
        is_hidden = depth == 0 or seen == self._seen
        self._seen = seen
        return is_hidden

    def _has_closed(self, snapshot: JsonSnapshot) -> bool:
        return snapshot.is_closed() if snapshot.lines else self._levels[0].seen > 0

    def _open_value(self, snapshot: JsonSnapshot, plan: Plan) -> Any:
        if plan.is_any:
            return self._show(plan, snapshot.open_child(len(self._levels) - 1), snapshot)
        string = snapshot.open_string
        assert string is not None
        return self._show(plan, string.read(snapshot.string_end), snapshot)

    def _show(self, plan: Plan, value: JsonValue, snapshot: JsonSnapshot) -> Any:
        if plan.root_models:
            return inside_root_models(plan, value, (snapshot, self._shapes), len(self._levels))
        return value

    def _show_invalid(self, level: Level[Any], plan: Plan, value: JsonValue, raw: str, snapshot: JsonSnapshot) -> Any:
        """A value that arrived whole and broke a rule, as it would have shown just before its end; `ABSENT` if it would not."""
        if not plan.shows(value):
            return ABSENT
        if isinstance(value, str):
            return self._show(plan, value, snapshot)
        inner, newest = self._read_in_parts(level, plan, f"{raw[:-1]} ", snapshot)
        inner._render(newest)
        return inner.partial

    def _in_parts(self, level: Level[Any], plan: Plan, raw: str, snapshot: JsonSnapshot) -> Any:
        """What would have become of a value that arrived whole, had it come in parts."""
        inner, _ = self._read_in_parts(level, plan, raw, snapshot)
        if inner._broken_depth >= 0:
            self._broken_depth = level.depth
        return inner._levels[0].assemble()

    def _read_in_parts(
        self, level: Level[Any], plan: Plan, raw: str, snapshot: JsonSnapshot
    ) -> tuple[PartialBuilder, JsonSnapshot]:
        """A builder for the next child of `level` alone, which has taken its text in such pieces that nothing arrived whole."""
        inner = PartialBuilder(
            plan, self._context, fails_at_end=self._fails_at_end, max_unknown_fields=self._max_unknown_fields
        )
        document = JsonDocument(**{**snapshot.origin.settings, "locate": "strict", "lines": False})
        try:
            for piece in BEHIND_BRACKETS.split(raw):
                snapshot = document.feed(piece) or snapshot
                inner._take(snapshot)
        except Failure as failure:
            failure.position = (
                None  # which was counted from the beginning of the child: all of it is found by reading again
            )
            raise
        return inner, snapshot

    def _final(self, snapshot: JsonSnapshot) -> Any:
        """The document has closed: the validated instance."""
        if is_too_deep(snapshot):
            raise self._refused_at_end([TOO_DEEP], snapshot)
        value = ABSENT
        if self._broken_depth < 0:
            with suppress(ValidationError):  # which pydantic puts best of the text
                value = self._levels[0].assemble()
        try:
            if value is ABSENT:
                value = self._plan.close(snapshot.value, whole_text(snapshot), self._context)
        except ValidationError as error:
            raise self._refused_at_end(error.errors(), snapshot) from None
        return attach_to_model(value, State(snapshot, (Shape(None), Shape(self._plan.opened_by(snapshot.value))), None))

    def _refused_at_end(self, errors: list[Any], snapshot: JsonSnapshot) -> FieldInvalid:
        position = snapshot.position - 1
        failure = Failure(errors, (), (), snapshot.value, position)
        return self._field_invalid(failure, position, snapshot.text, snapshot)


def is_too_deep(snapshot: JsonSnapshot) -> bool:
    """Whether a value of the document is nested deeper than pydantic reads."""
    return snapshot.structure.deepest + snapshot.lines > MOST_LEVELS


def whole_text(snapshot: JsonSnapshot) -> str:
    holder = snapshot.spine[0]
    texts = [snapshot.text_buffer.slice(*span) for span in zip(holder.starts, holder.ends, strict=True)]
    return f"[{','.join(texts)}]" if snapshot.lines else texts[0]


def has_wider_object(value: JsonValue, members: int) -> bool:
    """Whether any object in a closed value has more members than that. It takes a tenth of what `most_unknown_fields` does."""
    level: list[Any] = [value]
    while level:
        below: list[Any] = []
        for container in level:
            if type(container) is dict:
                if len(container) > members:
                    return True
                below += container.values()
            elif type(container) is list:
                below += container
        level = [child for child in below if type(child) is dict or type(child) is list]
    return False


def most_unknown_fields(plan: Plan, value: JsonValue) -> int:
    """How many fields that its type does not declare the object has, of all in a closed value, that has most of them."""
    most = 0
    pending: list[tuple[Plan, JsonValue]] = [(plan, value)]
    while pending:
        plan, value = pending.pop()
        if not isinstance(value, dict | list):
            continue
        opened = plan.opened_by(value)
        if isinstance(opened, SequencePlan):
            pending += [(opened.element(index), child) for index, child in enumerate(value)]
        elif isinstance(opened, MappingPlan) and isinstance(value, dict):
            pending += [(opened.values, child) for child in value.values()]
        elif isinstance(opened, RecordPlan) and isinstance(value, dict):
            most = max(most, len(value.keys() - opened.by_key.keys() - opened.deep_keys))
            pending += [(opened.child(key), child) for key, child in value.items()]
    return most


def is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def decided_at(value: JsonValue, end: int, snapshot: JsonSnapshot) -> int:
    """The character by which a closed value is known: its last one, or, as more digits could follow, the one after a number."""
    return min(end, snapshot.position - 1) if is_number(value) else end - 1
