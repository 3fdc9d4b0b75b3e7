"""Draw `assets/demo.svg`: a real run of the demo, photographed while the bio is being written.

It needs the demo's language model, which `make demo` installs. Run it as `python docs/demo_picture.py`.
"""

from __future__ import annotations

import io
import re
import time
from pathlib import Path

from pydantic import BaseModel
from rich.console import Console

from rxstruct.demo import backends, profile
from rxstruct.demo.run import ask, show
from rxstruct.demo.view import Screen

PICTURE = Path(__file__).parent / "assets" / "demo.svg"
COLUMNS = 100
BIO_CHARACTERS = 130  # how much of the bio is there when the picture is taken
FONT_FACES = re.compile(r"@font-face\s*{[^}]*}\s*")


class Camera(Screen):
    """A screen that keeps one frame."""

    frame: str | None = None

    def on_partial(self, partial: BaseModel) -> None:
        super().on_partial(partial)
        if self.frame is None and len(getattr(partial, "bio", "")) > BIO_CHARACTERS:
            film = Console(
                record=True, width=COLUMNS, file=io.StringIO(), color_system="truecolor", force_terminal=True
            )
            film.print(self)
            svg = film.export_svg(title="rxstruct demo", unique_id="demo")
            self.frame = FONT_FACES.sub("", svg)  # a picture that fetches nothing


def main() -> None:
    screen = Console(width=COLUMNS, file=io.StringIO(), force_terminal=True)
    with backends.local() as backend:
        camera = Camera(screen, profile.UserProfile, profile.PROMPT, backend.caption, time.monotonic)
        with camera:
            show(ask(backend, profile.UserProfile, profile.PROMPT), profile.UserProfile, camera)
    assert camera.frame is not None
    PICTURE.write_text(camera.frame, encoding="utf-8")


if __name__ == "__main__":
    main()
