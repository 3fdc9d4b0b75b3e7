// Reads cases from standard input, applies their patches with each applier that is here, and reports every state that differs.
//
// A case is { kind: "append" | "strict", steps: [[patch, state], …] }, each part JSON. Exit code 1 where anything differs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const [client, fastJsonPatch] = process.argv.slice(2);
const { apply } = await import(client);
const appliers = { append: { ours: apply }, strict: { ours: apply } };
if (fastJsonPatch) {
  const { default: fast } = await import(fastJsonPatch);
  appliers.strict.fast = (document, patch) => fast.applyPatch(document, patch, true).newDocument;
}

let patches = 0;
for (const { kind, steps } of JSON.parse(readFileSync(0, "utf8"))) {
  for (const [name, applyPatch] of Object.entries(appliers[kind])) {
    // fast-json-patch has no way to set a field of this name.
    if (name === "fast" && steps.some(([patch]) => patch.includes("__proto__"))) continue;
    let document = null;
    for (const [patch, state] of steps) {
      document = applyPatch(document, JSON.parse(patch));
      assert.deepEqual(document, JSON.parse(state), `${name} after ${patch}`);
      patches += 1;
    }
  }
}
assert.equal({}.polluted, undefined);
console.log(patches);
