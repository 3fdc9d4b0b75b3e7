"""The browser client, run by node: it is small, and follows every document patch by patch, as fast-json-patch does."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import reactivex as rx
from reactivex import operators as ops

import rxstruct as rxs
from rxstruct.sinks import browser_client, json_patches, sse
from rxstruct.sinks.wire import json_text
from tests.sinks.protocols import events_of, sent
from tests.sinks.test_json_patches import NASTY

NPM = Path(__file__).parent / "npm"
DOCUMENTS = 100

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed: apt-get install nodejs")


def random_value(source: random.Random, depth: int) -> Any:
    kind = source.choice(["text", "number", "list", "object", "object"] if depth else ["text", "number", "other"])
    if kind == "object":
        names = source.sample([*NASTY, "name", "title", "é", "toString", "length"], source.randint(0, 5))
        return {name: random_value(source, depth - 1) for name in names}
    if kind == "list":
        return [random_value(source, depth - 1) for _ in range(source.randint(0, 4))]
    if kind == "text":
        return "".join(source.choice('ab é😀"\\/~\n<') for _ in range(source.randint(0, 12)))
    return source.choice([0, -1.5, 1e30, 12345]) if kind == "number" else source.choice([True, False, None])


def case(document: Any, seed: int, append: bool) -> dict[str, Any]:
    """The patches of one document, cut at random, and the state after each, as JSON."""
    source = random.Random(seed)
    text = json.dumps(document, ensure_ascii=source.random() < 0.5)
    deltas: list[str] = []
    while text:
        length = source.randint(1, 12)
        deltas.append(text[:length])
        text = text[length:]
    seen: list[Any] = []
    steps: list[tuple[str, str]] = []
    rx.from_iterable(deltas).pipe(
        rxs.accumulate_json(), ops.do_action(seen.append), json_patches(append=append)
    ).subscribe(lambda patch: steps.append((json_text(patch), json_text(seen[-1].value))))
    return {"kind": "append" if append else "strict", "steps": steps}


def run_patches(cases: list[dict[str, Any]], *arguments: str) -> int:
    ran = subprocess.run(
        ["node", str(NPM / "patches.mjs"), browser_client().as_uri(), *arguments],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return int(ran.stdout)


def test_it_is_small() -> None:
    """The module stays under 3 KB, comments included."""
    assert browser_client().stat().st_size < 3000


@needs_node
def test_it_follows_every_document() -> None:
    """For 100 random documents, the state after every patch equals the snapshot at that point, in JavaScript too."""
    fast = NPM / "node_modules" / "fast-json-patch" / "index.mjs"
    cases = [
        case(random_value(random.Random(seed), 3), seed, append)
        for seed in range(DOCUMENTS)
        for append in (False, True)
    ]
    steps = sum(len(each["steps"]) for each in cases)
    assert steps > 10 * DOCUMENTS
    if fast.exists():
        assert run_patches(cases, fast.as_uri()) > 1.2 * steps
    else:
        assert run_patches(cases) == steps


EVENTS_TO_FOLLOW = """
    import assert from "node:assert/strict";
    import { readFileSync } from "node:fs";
    const { apply, follow } = await import(process.argv[1]);
    let source;
    globalThis.EventSource = class extends EventTarget { constructor() { super(); source = this; } close() {} };
    let states = 0;
    for (const { events, document } of JSON.parse(readFileSync(0, "utf8"))) {
      let copy, completed;
      const onChange = (shown, patch) => {
        copy = apply(copy, structuredClone(patch));
        assert.deepEqual(shown, copy);
        states += 1;
      };
      follow("/", { onChange, onCompleted: (shown) => { completed = shown; } });
      for (const [name, data] of events)
        source.dispatchEvent(Object.assign(new Event(name || "message"), { data }));
      assert.deepEqual(completed, JSON.parse(document));
    }
    console.log(states);
"""


@needs_node
def test_it_follows_what_is_sent() -> None:
    """Of what `sse` sends, also texts alone, `follow` makes the document; `onChange` gets each patch written out. A reader that
    comes back in the middle begins with the whole document."""
    cases: list[dict[str, Any]] = []
    patches = 0
    for seed in range(DOCUMENTS):
        text = json.dumps(random_value(random.Random(seed), 3))
        snapshots = rxs.replay(text, cuts=1 + seed % 7).pipe(rxs.accumulate_json())
        left_at = random.Random(seed).randrange(len(text) // 8 + 1)
        events = [
            *[(event.name, event.data) for event in events_of(sent(sse(snapshots.pipe(ops.take(left_at)))))[:-1]],
            *[(event.name, event.data) for event in events_of(sent(sse(snapshots.pipe(ops.skip(left_at)))))],
        ]
        patches += len(events) - 1
        cases.append({"events": events, "document": text})
    assert sum(data.startswith('"') for each in cases for _, data in each["events"]) > 2 * DOCUMENTS
    ran = subprocess.run(
        ["node", "--input-type=module", "--eval", EVENTS_TO_FOLLOW, browser_client().as_uri()],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert int(ran.stdout) == patches


@needs_node
def test_a_wrong_state_is_noticed() -> None:
    """The comparison itself can fail."""
    wrong = case({"a": "b"}, 1, append=True)
    wrong["steps"][-1] = (wrong["steps"][-1][0], '{"a":"c"}')
    with pytest.raises(AssertionError, match="deep"):
        run_patches([wrong])


@needs_node
def test_only_own_properties_are_reached() -> None:
    """A patch cannot reach into what all objects share, and one that does not fit says so."""
    script = """
        const { apply } = await import(process.argv[1]);
        for (const path of ["/__proto__/polluted", "/constructor/prototype/polluted", "/a/b"])
          try { apply({}, [{ op: "add", path, value: 1 }]); } catch (error) { console.log(error.message); }
        console.log({}.polluted);
    """
    ran = subprocess.run(
        ["node", "--input-type=module", "--eval", script, browser_client().as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.stdout.splitlines() == [
        "the patch does not fit: there is no __proto__",
        "the patch does not fit: there is no constructor",
        "the patch does not fit: there is no a",
        "undefined",
    ]
