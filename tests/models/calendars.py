"""Calendar events, free time, itineraries."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, NotRequired, Required, Self

from pydantic import AwareDatetime, BaseModel, Field, FutureDate, TypeAdapter, model_validator
from typing_extensions import TypedDict

from .registry import Case


class Attendee(TypedDict, total=False):
    name: Required[str]
    email: str
    role: Literal["host", "guest"]


class Event(BaseModel):
    title: str
    start: AwareDatetime
    end: AwareDatetime
    attendees: list[Attendee]
    reminder: timedelta = timedelta(minutes=10)

    @model_validator(mode="after")
    def ends_after_it_starts(self) -> Self:
        if self.end <= self.start:
            raise ValueError("an event ends after it starts")
        return self


class Slot(TypedDict):
    day: date
    hours: Annotated[list[tuple[time, time]], Field(max_length=4)]
    note: NotRequired[str | None]


class Leg(BaseModel):
    origin: Annotated[str, Field(alias="from")]
    destination: Annotated[str, Field(alias="to")]
    by: Literal["train", "plane", "ship"]
    departs: datetime


class Itinerary(BaseModel):
    traveller: str
    legs: list[Leg]
    returns: FutureDate | None = None


CASES = (
    Case(
        "event",
        Event,
        """{"title": "Science fair", "start": "2024-05-10T09:00:00+02:00", "end": "2024-05-10T12:30:00.5+02:00",
 "attendees": [{"name": "Alice", "role": "host"}, {"name": "Bob", "email": "bob@example.org"}], "reminder": "PT1H"}""",
    ),
    Case(
        "free time",
        TypeAdapter(list[Slot]),
        '[{"day":"2024-05-13","hours":[["09:00","10:30"],["14:00","15:00"]]},{"day":"2024-05-14","hours":[],"note":null},'
        '{"hours":[["08:00","08:15"]],"note":"short","day":"2024-05-15"}]',
    ),
    Case(
        "itinerary",
        Itinerary,
        '{"traveller": "Phileas Fogg", "legs": [{"from": "London", "to": "Suez", "by": "train", '
        '"departs": "1872-10-02T20:45:00"}, '
        '{"from": "Suez", "to": "Bombay", "by": "ship", "departs": 0}], "returns": "2999-12-21"}',
    ),
)
