"""Other people's JSON tests: JSONTestSuite whole, and the partial-JSON cases of other projects."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from rxstruct.errors import JsonInvalid, LimitExceeded, Truncated
from tests.tally import count

from .driver import Run, run, same, value_of
from .reference import NOTHING, read

SUITES = Path(__file__).parents[3] / "shared" / "suites"
TOO_LONG_FOR_EVERY_CUT = 600

pytestmark = pytest.mark.skipif(not SUITES.exists(), reason="needs the JSON test suites in ../shared/suites")


def decoded(pattern: str) -> list[Any]:
    """The files that are text at all: a source decodes UTF-8 before the core sees it."""
    cases = []
    for path in sorted((SUITES / "json_test_suite").glob(pattern)):
        try:
            cases.append(pytest.param(path.read_bytes().decode(), id=path.stem))
        except UnicodeDecodeError:
            continue
    return cases


def runs(text: str) -> list[Run]:
    """The text whole, character by character and, where it is short, cut in two at every place."""
    results = [run([text]), run(text)]
    if len(text) <= TOO_LONG_FOR_EVERY_CUT:
        results += [run([text[:at], text[at:]]) for at in range(1, len(text))]
    count("cuts of JSONTestSuite files", len(results))
    return results


@pytest.mark.parametrize("text", decoded("test_parsing/y_*.json") + decoded("test_transform/*.json"))
def test_valid_files_are_accepted(text: str) -> None:
    """Every y_ file, and every file that parsers transform differently, gives what `json.loads` gives, at every cut."""
    for result in runs(text):
        assert result.error is None
        assert same(result.last.value, json.loads(text))


@pytest.mark.parametrize("text", decoded("test_parsing/n_*.json"))
def test_invalid_files_are_refused_where_they_become_invalid(text: str) -> None:
    """Every n_ file is refused at the first impossible character, at its end, or at a limit, at every cut."""
    expected = read(text) if len(text) <= TOO_LONG_FOR_EVERY_CUT else None
    for result in runs(text):
        error = result.error
        if expected is None:
            assert type(error) is LimitExceeded
        elif expected.invalid_at is None:
            assert type(error) is Truncated
            assert error.text == text
        else:
            assert type(error) is JsonInvalid
            assert error.position == expected.invalid_at
            assert error.text == text[: expected.invalid_at + 1]


@pytest.mark.parametrize("text", decoded("test_parsing/i_*.json"))
def test_files_that_are_up_to_the_parser_go_as_json_loads_decides(text: str) -> None:
    """Every i_ file is accepted with the value of `json.loads` or refused as it is, or meets a limit."""
    try:
        value, accepted = json.loads(text), True
    except ValueError:
        value, accepted = None, False
    for result in runs(text):
        if type(result.error) is LimitExceeded:
            continue
        assert (result.error is None) is accepted
        if accepted:
            assert same(result.last.value, value)


# --- the partial-JSON cases -------------------------------------------------------------------------------------------

OTHER_POLICIES = {
    "literal-complete": "guesses the rest of a literal; ours is withheld until its last letter",
    "number-keep": "shows a number that may go on; ours is withheld until closed",
    "number-dangling-trim": "shows the front of a number that goes on; ours is withheld until closed",
    "no-trailing": "drops an open string; ours shows it as it grows",
    "invalid-utf8": "is about bytes; ours takes decoded text",
    "split-utf8": "is about bytes; ours takes decoded text",
}
OTHER_CHOICES = {
    "vercel/ai#0017": "repairs an invalid number",
    "langchain-ai/langchain#0011": "closes an unfinished document",
    "langchain-ai/langchain#0012": "closes an unfinished document",
    "langchain-ai/langchain#0014": "closes an unfinished document",
    "langchain-ai/langchain#0034": "shows the front of a number that goes on; ours is withheld until closed",
    "anthropics/anthropic-sdk-python#0005": "drops an open string; ours shows it as it grows",
}


def partial_cases() -> list[dict[str, Any]]:
    path = SUITES / "partial_cases.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def meant(expected: Any) -> Any:
    """The value that a case spells in its own way where JSON can't say it."""
    return float(expected["$float"]) if isinstance(expected, dict) and list(expected) == ["$float"] else expected


def why_not_ours(case: dict[str, Any]) -> str | None:
    """Why a case that others agree on does not bind us; None where it does."""
    text = case.get("input")
    if case["id"] in OTHER_CHOICES:
        return OTHER_CHOICES[case["id"]]
    if case["label"] in OTHER_POLICIES:
        return OTHER_POLICIES[case["label"]]
    if isinstance(text, dict):
        return "is about bytes; ours takes decoded text"
    if case["kind"] == "complete" and read(text).invalid_at is not None:
        return "accepts what is not JSON (NaN, control characters); ours is strict"
    if case["label"] == "repair" and "```" not in text:
        return "repairs invalid text; ours refuses it"
    if (
        case["label"] == "repair"
        and (located := read(text[text.index("{") :])).invalid_at is not None
        and not located.complete
    ):
        return "repairs invalid text; ours refuses it"
    if case["label"] == "invalid-by-option" and "\\u" in text:
        return "refuses lone surrogates; ours takes them as json.loads does"
    return None


CASES = partial_cases()
OURS = [case for case in CASES if why_not_ours(case) is None]


@pytest.mark.parametrize("case", [case for case in OURS if case["kind"] == "prefix"], ids=lambda case: case["id"])
def test_others_prefixes(case: dict[str, Any]) -> None:
    """A cut text shows what the project that the case is from, and shares our policy, shows."""
    count("partial-JSON cases of other projects")
    located = "find" if case["label"] == "repair" else "strict"
    text = case["input"]
    for deltas in [text], list(text):
        result = run(deltas, finish=False, locate=located)
        assert result.error is None
        shown = value_of(result.emitted[-1] if result.emitted else None)
        assert shown is NOTHING if case["expected"] == {"$nothing": True} else shown == case["expected"]


@pytest.mark.parametrize("case", [case for case in OURS if case["kind"] == "complete"], ids=lambda case: case["id"])
def test_others_documents(case: dict[str, Any]) -> None:
    """A complete text gives its value."""
    count("partial-JSON cases of other projects")
    for deltas in [case["input"]], list(case["input"]):
        result = run(deltas)
        assert result.error is None
        assert result.last.value == meant(case["expected"])


@pytest.mark.parametrize("case", [case for case in OURS if case["kind"] == "invalid"], ids=lambda case: case["id"])
def test_others_refusals(case: dict[str, Any]) -> None:
    """What another strict parser refuses is refused, as invalid or as truncated."""
    count("partial-JSON cases of other projects")
    options = {"duplicate_keys": "error"} if "duplicate" in case["mode"] else {}
    for deltas in [case["input"]], list(case["input"]):
        assert type(run(deltas, **options).error) in (JsonInvalid, Truncated, LimitExceeded)


@pytest.mark.parametrize("case", [case for case in OURS if case["kind"] == "every-prefix"], ids=lambda case: case["id"])
def test_others_every_prefix(case: dict[str, Any]) -> None:
    """Every prefix is shown, and has the root's type from its first character on."""
    count("partial-JSON cases of other projects")
    result = run(case["input"], finish=False)
    assert result.error is None
    assert {type(snapshot.value).__name__ for snapshot in result.emitted} == {case["root_type"]}


@pytest.mark.parametrize("case", [case for case in OURS if case["kind"] == "stream"], ids=lambda case: case["id"])
def test_others_streams(case: dict[str, Any]) -> None:
    """A stream's visible values are those that the other project showed: the last one, or each that was new."""
    count("partial-JSON cases of other projects")
    located = "find" if case["label"] == "markdown" or "```" in "".join(case["chunks"]) else "strict"
    result = run(case["chunks"], locate=located)
    assert result.error is None
    values = [snapshot.value for snapshot in result.emitted]
    if case["emit"] == "final":
        assert values[-1:] == case["expected"][-1:]
    else:
        assert [value for at, value in enumerate(values) if at == 0 or value != values[at - 1]] == case["expected"]


def test_every_other_case_has_its_reason() -> None:
    """Each of the cases is either run above or not ours for a reason that is written down."""
    reasons = Counter(reason for case in CASES if (reason := why_not_ours(case)))
    assert len(OURS) + sum(reasons.values()) == len(CASES)
    assert len(OURS) > 200
    for reason, cases in reasons.most_common():
        print(f"{cases:4}  {reason}")
