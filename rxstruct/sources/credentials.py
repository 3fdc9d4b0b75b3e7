"""What a request has to keep to itself, kept out of the errors that might quote it.

What goes in: an error, and the credentials that its client knows. What comes out: the same error, without them, and without
those of the request that it is about, where it has that at hand. A provider may repeat the key that it refuses, and the HTTP
library a header that it can't send (a key with a newline).
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import takewhile
from typing import Any
from urllib.parse import quote

# Of a header or a parameter of the query; `sig` and `code` are Azure's.
CREDENTIAL_NAME = re.compile(
    "auth|key|token|secret|cookie|credential|signature|passw|passphrase|pwd|^sig$|^code$|pass$", re.IGNORECASE
)
CREDENTIAL_LENGTH = 12
"""A shorter word is none that a provider gave out ("none", "ollama"), and may stand anywhere."""
HIDDEN = "**********"


def credentials_in(named: Mapping[str, Any]) -> Iterator[str]:
    """The keys, tokens, cookies and passwords among headers, or the parameters of a query, by whichever name they are sent."""
    for name, value in named.items():
        if CREDENTIAL_NAME.search(name):
            for each in value if isinstance(value, list | tuple) else (value,):
                if isinstance(each, str):
                    yield from each.split()


def credentials_of_url(url: Any) -> Iterator[str]:
    """The password of a URL (also as a header has it, with the user's name) and the credentials in its query; of httpx's URLs."""
    password = getattr(url, "password", None)
    if password:
        yield password
        yield b64encode(f"{url.username}:{password}".encode("utf-8", "replace")).decode()
    yield from credentials_in(getattr(url, "params", None) or {})


def credentials_of(request: Any) -> Iterator[str]:
    """All of a request, of whichever HTTP library; none where there is no request."""
    headers = getattr(request, "headers", None)
    if isinstance(headers, Mapping):
        yield from credentials_in(headers)
    yield from credentials_of_url(getattr(request, "url", None))


def hide(error: BaseException, credentials: Iterable[str] = ()) -> None:
    """Take the credentials out of an error, and of those that caused it, whatever has quoted them."""
    errors = chain_of(error)
    known = {*credentials, *(each for one in errors for each in credentials_of(request_of(one)))}
    forms = {form for each in known if len(each) >= CREDENTIAL_LENGTH for form in forms_of(each)}
    for one in errors if forms else ():
        one.args = tuple(without(part, forms) if isinstance(part, str) else part for part in one.args)
        message = getattr(one, "message", None)  # the SDK's errors have it twice
        if isinstance(message, str):
            with suppress(AttributeError):  # where it is a property it is made of the arguments
                one.message = without(message, forms)  # type: ignore[attr-defined]


def chain_of(error: BaseException) -> list[BaseException]:
    """An error and those that caused it, each once."""
    found: list[BaseException] = []
    pending: list[BaseException | None] = [error]
    while pending:
        each = pending.pop()
        if each is not None and not any(each is one for one in found):
            found.append(each)
            pending += [each.__cause__, each.__context__]
    return found


def request_of(error: Any) -> Any:
    """The request that an error of an SDK or an HTTP library is about; None where it has none."""
    with suppress(Exception):  # httpx's own raise where they have none
        return error.request
    return None


def forms_of(credential: str) -> set[str]:
    """A credential as it may be written: as it is, escaped in JSON or by `excerpt`, or in a URL."""
    in_json = json.dumps(credential)[1:-1]
    return {
        credential,
        in_json,
        ascii(credential)[1:-1],
        ascii(in_json)[1:-1],
        quote(credential, safe="", errors="replace"),
    }


def without(text: str, forms: Collection[str]) -> str:
    """The text with each of these hidden, also where only the beginning of one stands there: an excerpt may have cut it short."""
    beginnings = re.compile("|".join({re.escape(form[:CREDENTIAL_LENGTH]) for form in forms}))
    pieces: list[str] = []
    position = 0
    while found := beginnings.search(text, position):
        pieces += text[position : found.start()], HIDDEN
        position = found.start() + max(shared_length(form, text, found.start()) for form in forms)
    return "".join([*pieces, text[position:]])


def shared_length(form: str, text: str, start: int) -> int:
    """How many characters of a form stand in the text from a place on."""
    pairs = zip(form, text[start : start + len(form)], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
