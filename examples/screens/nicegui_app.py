"""A page in NiceGUI: `python examples/screens/nicegui_app.py`."""

from __future__ import annotations

from nicegui import ui
from profiles import as_markdown, profiles


@ui.page("/")
def page() -> None:
    """What an async handler awaits, the page keeps showing; a reader that leaves ends the loop, and with it the request."""
    markdown = ui.markdown()

    async def write() -> None:
        async for profile in profiles():
            markdown.content = as_markdown(profile)

    ui.button("Write", on_click=write)


if __name__ in {"__main__", "__mp_main__"}:
    ui.run(show=False, reload=False)
