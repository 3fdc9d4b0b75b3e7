"""A whole pipeline in one call: `partials` and `each`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, overload

from pydantic import TypeAdapter

from .incremental import Locate
from .limits import MAX_CHARS, OF_A_DOCUMENT, OF_A_PARTIAL, among, chosen_limits
from .operators import accumulate_json, elements, to_partial
from .operators.elements import OnInvalidElement
from .sources import from_openai, from_openai_responses
from .sources.openai import Source
from .stream import Stream

T = TypeVar("T")


@overload
def partials(
    client: Source,
    response_model: type[T] | TypeAdapter[T],
    /,
    *,
    locate: Locate = "strict",
    limits: Mapping[str, int] | None = None,
    **request: Any,
) -> Stream[T]: ...
@overload
def partials(
    client: Source,
    response_model: Any,
    /,
    *,
    locate: Locate = "strict",
    limits: Mapping[str, int] | None = None,
    **request: Any,
) -> Stream[Any]: ...
def partials(
    client: Source,
    response_model: Any,
    /,
    *,
    locate: Locate = "strict",
    limits: Mapping[str, int] | None = None,
    **request: Any,
) -> Stream[Any]:
    """Ask a language model for an object, and watch it fill in.

    ```
    partials  --x-----y-----z--|

    x  Person(name='A')
    y  Person(name='Ada')
    z  Person(name='Ada', age=36)
    ```

    Example:
        >>> import rxstruct as rxs
        >>> from pydantic import BaseModel
        >>> class Person(BaseModel):
        ...     name: str
        ...     age: int
        >>> chunks = [{"choices": [{"delta": {"content": delta}}]} for delta in ('{"name":"A', 'da","age":3', "6}")]
        >>> chunks.append({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        >>> for person in rxs.partials(chunks, Person):
        ...     if hasattr(person, "name"):
        ...         print(person.name)
        A
        Ada
        Ada
        >>> rxs.partials(chunks, Person).final()
        Person(name='Ada', age=36)

    `from_openai(…)`, `accumulate_json()` and `to_partial(response_model)` in one: what they say holds. Each loop is one request.

    Args:
        client: an `OpenAI` or `AsyncOpenAI` client, or chunk objects, as for `openai_events`.
        response_model: any type that pydantic has a schema for.
        locate: `"find"` skips prose and a code fence around the document, as for `accumulate_json`: for models that answer
            without a schema (`via="none"`, say). By default `"strict"`.
        limits: limits of what is read that are not to be the defaults, by name: any of `max_depth`, `max_chars`, `max_elements`,
            `max_key_length`, `max_number_length` (see `accumulate_json`) and `max_unknown_fields` (see `to_partial`).
        request: what the SDK's `create` takes, and `via`. With `input` instead of `messages` it is a Responses API request.

    Emits partials of the model; the last item is the validated instance, which `.final()` and `await .afinal()` give.
    Completes only after a whole, valid answer.
    Errors: those of the three.
    """
    chosen = chosen_limits(limits, OF_A_DOCUMENT + OF_A_PARTIAL)
    return _text(client, response_model, chosen, request).pipe(
        accumulate_json(locate=locate, **among(chosen, OF_A_DOCUMENT)),
        to_partial(response_model, **among(chosen, OF_A_PARTIAL)),
    )


@overload
def each(
    client: Source,
    item: type[T],
    /,
    *,
    on_invalid: OnInvalidElement = "raise",
    locate: Locate = "strict",
    limits: Mapping[str, int] | None = None,
    **request: Any,
) -> Stream[T]: ...
@overload
def each(
    client: Source,
    item: Any,
    /,
    *,
    on_invalid: OnInvalidElement = "raise",
    locate: Locate = "strict",
    limits: Mapping[str, int] | None = None,
    **request: Any,
) -> Stream[Any]: ...
def each(
    client: Source,
    item: Any,
    /,
    *,
    on_invalid: OnInvalidElement = "raise",
    locate: Locate = "strict",
    limits: Mapping[str, int] | None = None,
    **request: Any,
) -> Stream[Any]:
    """Ask a language model for a list, and take its elements one by one, each as soon as it is whole.

    ```
    each  -----x-----y--|

    x  User(id=1)
    y  User(id=2)
    ```

    Example:
        >>> import rxstruct as rxs
        >>> from pydantic import BaseModel
        >>> class User(BaseModel):
        ...     id: int
        >>> chunks = [{"choices": [{"delta": {"content": delta}}]} for delta in ('[{"id":', '1},{"id"', ":2}]")]
        >>> chunks.append({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        >>> for user in rxs.each(chunks, User):
        ...     print(user)
        id=1
        id=2

    `from_openai(…)`, `accumulate_json()` and `elements(of=item)` in one: what they say holds here. Each loop is one request.

    Args:
        client: an `OpenAI` or `AsyncOpenAI` client, or chunk objects, as for `openai_events`.
        item: the elements' type: any that pydantic has a schema for.
        on_invalid: what becomes of an element that is not valid, as for `elements`: `"raise"`, `"skip"`, or a function of its
            error.
        locate, request: as for `partials`.
        limits: as for `partials`, but for `max_unknown_fields`: an element is validated whole.

    Emits the validated elements, in order.
    Completes only after a whole answer.
    Errors: those of the three.
    """
    chosen = chosen_limits(limits, OF_A_DOCUMENT)
    return _text(client, list[item], chosen, request).pipe(
        accumulate_json(locate=locate, **among(chosen, OF_A_DOCUMENT)), elements(of=item, on_invalid=on_invalid)
    )


def _text(client: Source, response_model: Any, limits: Mapping[str, int], request: dict[str, Any]) -> Stream[str]:
    source = from_openai_responses if "input" in request else from_openai
    max_chars = max(MAX_CHARS, limits.get("max_chars", 0))
    return source(client, response_model=response_model, max_chars=max_chars, **request)
