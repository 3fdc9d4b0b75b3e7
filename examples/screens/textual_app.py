"""A terminal application in Textual: `python examples/screens/textual_app.py`."""

from __future__ import annotations

from profiles import Profile, as_markdown, profiles
from textual.app import App, ComposeResult
from textual.widgets import Markdown, ProgressBar

import rxstruct as rxs


class ProfileApp(App[Profile]):
    """Textual runs on asyncio, so that a stream is read in an `async for` loop, by a worker that is cancelled on leaving."""

    def compose(self) -> ComposeResult:
        yield ProgressBar(total=1.0, show_eta=False)
        yield Markdown()

    def on_mount(self) -> None:
        self.run_worker(self.follow())

    async def follow(self) -> None:
        async for profile in profiles():
            self.query_one(ProgressBar).update(progress=len(rxs.closed_fields(profile)) / len(Profile.model_fields))
            await self.query_one(Markdown).update(as_markdown(profile))


if __name__ == "__main__":
    ProfileApp().run()
