"""How the demo looks: `Screen` redraws one panel in a terminal, `Lines` prints a line per field anywhere else.

What goes in: what the pipeline emits, in order. What comes out: pictures of it; a view never looks at anything else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self

from pydantic import BaseModel
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ..operators.progress import Progress
from ..partial import dump
from ..typing import Segment
from .marbles import LINE_STYLE, MarbleStrip

FRAMES_PER_SECOND = 20
FIELD_STYLES = ("cyan", "magenta", "yellow", "green", "blue", "red")
LONGEST_VALUE = 600  # characters of one field on the screen; of more only the end, where it grows, is shown
WIDEST_PANEL = 110  # columns; longer lines are hard to read
# A terminal writes this after the panel on Ctrl-C; without room for it the line would wrap and shift the picture.
INTERRUPT_ECHO = "^C"

DELTAS = "from_openai"
FIELDS = "distinct_fields"
PROGRESS = "progress"


class View(Protocol):
    """What the demo's pipeline reports to."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *exception: object) -> None: ...
    def on_delta(self, delta: str) -> None:
        """A piece of JSON text has arrived."""

    def on_partial(self, partial: BaseModel) -> None:
        """A field has changed."""

    def on_progress(self, progress: Progress[BaseModel]) -> None:
        """The progress has changed."""

    def on_end(self, failed: bool) -> None:
        """Nothing more will come."""


class Screen:
    """A panel in the terminal: the fields as they fill in, a progress bar, and the marble strip."""

    def __init__(
        self, console: Console, model: type[BaseModel], prompt: str, caption: str, clock: Callable[[], float]
    ) -> None:
        self._title = model.__name__
        self._prompt = prompt
        self._caption = caption
        self._styles = {name: FIELD_STYLES[n % len(FIELD_STYLES)] for n, name in enumerate(model.model_fields)}
        self._strip = MarbleStrip((DELTAS, FIELDS, PROGRESS), clock)
        self._clock = clock
        self._partial: BaseModel | None = None
        self._closed: Sequence[Segment] = ()
        self._fraction = 0.0
        self._deltas = 0
        self._first_delta_at = 0.0
        self._seconds = 0.0  # from the first delta to the last: the wait before them is not the model's speed
        self._live = Live(self, console=console, refresh_per_second=FRAMES_PER_SECOND, vertical_overflow="crop")

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._live.stop()

    def on_delta(self, delta: str) -> None:
        now = self._clock()
        self._first_delta_at = now if self._deltas == 0 else self._first_delta_at
        self._seconds = now - self._first_delta_at
        self._deltas += 1
        self._strip.mark(DELTAS, "•", "default")

    def on_partial(self, partial: BaseModel) -> None:
        self._partial = partial
        begun = [name for name in self._styles if hasattr(partial, name)]
        if begun:
            self._strip.mark(FIELDS, "○", self._styles[begun[-1]])

    def on_progress(self, progress: Progress[BaseModel]) -> None:
        self._partial = progress.value
        self._closed = progress.completed
        self._fraction = progress.fraction
        for name in progress.newly_completed:
            self._strip.mark(PROGRESS, "●", self._styles[str(name)], lasting=True)
        if not progress.newly_completed:
            self._strip.mark(PROGRESS, "○", self._styles.get(str(progress.current), LINE_STYLE))

    def on_end(self, failed: bool) -> None:
        self._strip.end(*("✗", "bold red") if failed else ("│", "bold white"))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The panel as it is now; rich asks for it for every frame."""
        prompt = Text(f"“{self._prompt}”", style="italic", no_wrap=True, overflow="ellipsis")
        yield Panel(
            Group(prompt, Text(), self._fields(), Text(), self._bar(), Text(), self._strip),
            title=Text(self._title, "bold"),
            title_align="left",
            subtitle=Text(self._caption, "dim"),
            subtitle_align="right",
            border_style="bright_black",
            padding=(1, 2),
            width=min(options.max_width - len(INTERRUPT_ECHO), WIDEST_PANEL),
        )

    def _fields(self) -> Table:
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(ratio=1)
        values = {} if self._partial is None else dump(self._partial)
        for name, style in self._styles.items():
            value = _value(values[name]) if name in values else Text()
            if name in self._closed:
                table.add_row(Text("●", style), Text(name, "bold"), value)
            elif hasattr(self._partial, name):
                table.add_row(Text("○", style), Text(name, f"bold {style}"), value.append("▌", "blink"))
            else:
                table.add_row(Text("·", "dim"), Text(name, "dim"), Text())
        return table

    def _bar(self) -> Table:
        row = Table.grid(padding=(0, 2, 0, 0), expand=True)
        row.add_column(ratio=1)
        row.add_column(no_wrap=True, justify="right")
        speed = f"{self._deltas / self._seconds:.0f}/s" if self._seconds else ""
        row.add_row(
            ProgressBar(total=1, completed=self._fraction, complete_style="cyan", finished_style="green"),
            Text(f"{self._fraction:4.0%}   {self._deltas} deltas   {speed}", style="dim"),
        )
        return row


class Lines:
    """A line for each field as it closes: for pipes, log files and CI."""

    def __init__(self, console: Console, model: type[BaseModel], prompt: str, caption: str) -> None:
        self._console = console
        self._heading = f"{model.__name__}: “{prompt}” ({caption})"
        self._name_width = max(map(len, model.model_fields), default=0)

    def __enter__(self) -> Self:
        self._print(self._heading)
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def on_delta(self, delta: str) -> None:
        pass

    def on_partial(self, partial: BaseModel) -> None:
        pass

    def on_progress(self, progress: Progress[BaseModel]) -> None:
        for name in progress.newly_completed:
            value = _value(dump(progress.value).get(name))
            self._print(f"{progress.fraction:4.0%}  {str(name).ljust(self._name_width)}  {value}")

    def on_end(self, failed: bool) -> None:
        pass

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def _value(value: Any) -> Text:
    """A field's value as a person would write it, on one line, with nothing in it that a terminal would obey."""
    if isinstance(value, str):
        shown = value
    elif isinstance(value, list) and all(isinstance(element, str) for element in value):
        shown = " · ".join(value)
    else:
        shown = json.dumps(value, ensure_ascii=False, default=str)
    if len(shown) > LONGEST_VALUE:
        shown = "…" + shown[-LONGEST_VALUE:]
    return Text("".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown))
