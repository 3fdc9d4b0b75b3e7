// jsonriver, in node: `for await (const value of parse(stream))`. Reads and writes what harness.py does; the second argument is the
// folder that it is installed in. What memory it takes is not measured.

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { parse } = await import(pathToFileURL(`${process.argv[3]}/node_modules/jsonriver/dist/index.js`));

async function* deltasOf(stream) {
  yield* stream.deltas;
}

async function read(stream) {
  let final;
  for await (const value of parse(deltasOf(stream))) final = value;
  return final;
}

const results = [];
for (const job of JSON.parse(readFileSync(0, "utf-8"))) {
  const seconds = [];
  let final;
  for (let round = 0; round < job.rounds; round++) {
    const start = process.cpuUsage();
    final = await read(job.stream);
    const { user, system } = process.cpuUsage(start);
    seconds.push((user + system) / 1e6);
  }
  results.push({ seconds, final, peak: null });
}
writeFileSync(process.argv[2], JSON.stringify(results));
