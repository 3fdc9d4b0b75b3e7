"""A page in Gradio: `python examples/screens/gradio_app.py`."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr
from profiles import as_markdown, profiles


def write() -> Iterator[str]:
    """Gradio shows whatever a generator yields; where its reader cancels, leaving the loop closes the request."""
    for profile in profiles():
        yield as_markdown(profile)


with gr.Blocks() as demo:
    button = gr.Button("Write")
    shown = gr.Markdown()
    button.click(write, outputs=shown)

if __name__ == "__main__":
    demo.launch()
