"""How many parts of an answer are remembered from one event to the next: a limit, for a provider may send them without end."""

from __future__ import annotations

from ..errors import LimitExceeded


class PartCount:
    """Counts the choices, the tool calls and their further ids, and the output items of one answer."""

    __slots__ = ("_count", "_max")

    def __init__(self, max_parts: int) -> None:
        self._max = max_parts
        self._count = 0

    def add(self) -> None:
        """One more, which is to be remembered.

        Raises:
            LimitExceeded: if that is one too many.
        """
        self._count += 1
        if self._count > self._max:
            raise LimitExceeded(
                f"the answer has more than {self._max} choices, tool calls and output items: "
                "to allow it, raise max_parts of openai_events()",
                limit="max_parts",
            )
