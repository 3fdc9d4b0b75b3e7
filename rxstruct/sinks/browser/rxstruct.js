// Keeps a plain object up to date with the document that `rxstruct.sinks.sse` sends:
//
//   import { follow } from "/rxstruct.js";
//   const report = follow("/report", {
//     onField: (name, value) => { document.getElementById(name).textContent = value; },
//     onCompleted: (report) => {},
//     onFailed: ({ error, message }) => {},
//   });
//   // report.document is what is known; report.close() stops the model
//
// The browser takes up a broken connection by itself; then the first patch brings the whole document.

export function follow(url, { onField, onChange, onCompleted, onFailed, events = {} } = {}) {
  const source = new EventSource(url);
  const report = { document: undefined, close: () => source.close() };
  const on = (name, act) => source.addEventListener(name, ({ data }) => act(JSON.parse(data)));
  const end = (act) => (data) => (source.close(), act?.(data));
  let path; // of the last operation: a text alone lengthens what is there
  on("message", (news) => {
    const patch = Array.isArray(news) ? news : [{ op: "append", path, value: news }];
    path = patch.at(-1).path;
    report.document = apply(report.document, patch);
    if (onField) for (const name of fields(patch, report.document)) onField(name, report.document[name]);
    onChange?.(report.document, patch);
  });
  on("completed", end(() => onCompleted?.(report.document)));
  on("failed", end(onFailed));
  for (const name in events) on(name, events[name]);
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) onFailed?.({ error: "Disconnected", message: "the server refused" });
  };
  return report;
}

// Applies a JSON Patch (RFC 6902, and append, which lengthens a string) in place; returns the document.
export function apply(document, patch) {
  for (const { op, path, value } of patch) {
    const keys = parse(path);
    if (!keys.length) {
      document = value;
      continue;
    }
    const key = keys.pop();
    const holder = keys.reduce(own, document);
    if (op === "append") put(holder, key, own(holder, key) + value);
    else if (op === "remove") Array.isArray(holder) ? holder.splice(key, 1) : delete holder[key];
    else if (op === "add" && Array.isArray(holder)) holder.splice(key === "-" ? holder.length : key, 0, value);
    else put(holder, key, value);
  }
  return document;
}

const parse = (path) => path.split("/").slice(1).map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));

// The top-level fields that a patch changes
const fields = (patch, document) =>
  new Set(patch.flatMap(({ path }) => (path ? [parse(path)[0]] : Object.keys(Object(document)))));

// Own properties only: a field called "__proto__" is like any other.
function own(holder, key) {
  if (!Object.hasOwn(holder, key)) throw new Error(`the patch does not fit: there is no ${key}`);
  return holder[key];
}

function put(holder, key, value) {
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
}
