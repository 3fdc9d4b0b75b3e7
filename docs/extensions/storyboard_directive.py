"""Sphinx extension: a `storyboard` block becomes its drawing.

```storyboard accumulate_json(), to_partial(UserProfile)
deltas   --a--|
…
```

The words after `storyboard` are the operators between the rows, as Python; the tests play the block with them
(`tests/test_documentation.py`), and the page shows them below the picture.
"""

from __future__ import annotations

from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from rxstruct.testing import StoryboardInvalid, draw


class StoryboardDirective(SphinxDirective):
    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        try:
            picture = draw("\n".join(self.content))
        except StoryboardInvalid as error:
            raise self.error(str(error)) from None
        figure = nodes.container(classes=["storyboard"])
        figure += nodes.raw("", picture, format="html")
        if self.arguments:
            figure += nodes.paragraph("", "", nodes.literal("", f"source.pipe({self.arguments[0]})"))
        return [figure]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("storyboard", StoryboardDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
