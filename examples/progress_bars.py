"""One answer, two progress bars: `Progress` drives rich and tqdm as it is. It runs offline.

pip install rxstruct rich tqdm
"""

from __future__ import annotations

from report import reports
from rich.progress import Progress as RichProgress
from tqdm import tqdm

import rxstruct as rxs


def with_rich() -> None:
    with RichProgress() as bars:
        task = bars.add_task("report", total=1.0)
        for progress in reports().pipe(rxs.progress()):
            bars.update(task, completed=progress.fraction, description=str(progress.current or "report"))


def with_tqdm() -> None:
    with tqdm(unit=" fields") as bar:
        for progress in reports().pipe(rxs.progress()):
            bar.total = progress.total
            bar.update(len(progress.newly_completed))


if __name__ == "__main__":
    with_rich()
    with_tqdm()
