"""A report with its percentage per field: the pull style and the reactive style, side by side. It runs offline."""

from __future__ import annotations

from pydantic import BaseModel

import rxstruct as rxs


class Report(BaseModel):
    title: str
    summary: str
    conclusion: str


def reports() -> rxs.Stream[Report]:
    answer = '{"title": "Tides", "summary": "The sea comes and goes.", "conclusion": "Wait for it."}'
    return rxs.replay(answer, cuts=12).pipe(rxs.accumulate_json(), rxs.to_partial(Report))


def pull() -> None:
    for progress in reports().pipe(rxs.progress()):
        for field in progress.newly_completed:
            print(f"{progress.fraction:.0%} {field} is done")


def react() -> None:
    reports().pipe(rxs.progress()).subscribe(print, on_completed=lambda: print("finished"))


if __name__ == "__main__":
    print("-- pull")
    pull()
    print("-- react")
    react()
