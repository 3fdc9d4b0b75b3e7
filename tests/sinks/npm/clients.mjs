// Runs each of the real front ends against the server at a URL, and prints what each ends with: { "ui/whole": { document, error } }.

const [url] = process.argv.slice(2);
const clients = {
  "text/whole": useObject,
  "ui/whole": (url) => useChat(url, "data-object"),
  "ui-tool/whole": (url) => useChat(url, "tool-report"),
  "ag-ui/whole": agUi,
  "ag-ui-tool/whole": agUiTool,
  "text/broken": useObject,
  "ui/broken": (url) => useChat(url, "data-object"),
  "ag-ui/broken": agUi,
};
const states = {};
for (const [path, run] of Object.entries(clients)) states[path] = await run(`${url}/${path}`);
console.log(JSON.stringify(states));
process.exit(0); // React leaves timers behind

// The AI SDK's hooks need a page to live on.
async function render(useHook) {
  const { JSDOM } = await import("jsdom");
  const page = new JSDOM("<div id=root></div>", { url: "http://localhost/", pretendToBeVisual: true });
  for (const [name, value] of Object.entries({ window: page.window, document: page.window.document, navigator: page.window.navigator }))
    Object.defineProperty(globalThis, name, { value, configurable: true });
  const { createElement } = await import("react");
  const { createRoot } = await import("react-dom/client");
  const states = [];
  createRoot(page.window.document.getElementById("root")).render(createElement(() => (states.push(useHook()), null)));
  await until(() => states.length);
  return states;
}

async function until(condition) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function useObject(url) {
  const { experimental_useObject } = await import("@ai-sdk/react");
  const { jsonSchema } = await import("ai");
  let finished = false;
  const states = await render(() => experimental_useObject({
    api: url, schema: jsonSchema({}), onFinish: () => { finished = true; }, onError: () => { finished = true; },
  }));
  states.at(-1).submit({});
  await until(() => finished && !states.at(-1).isLoading);
  const { object, error } = states.at(-1);
  return { document: object, error: error && String(error), states: states.length };
}

async function useChat(url, type) {
  const sdk = await import("@ai-sdk/react");
  const { DefaultChatTransport } = await import("ai");
  const transport = new DefaultChatTransport({ api: url });
  let finished = false;
  const states = await render(() => sdk.useChat({ transport, onFinish: () => { finished = true; } }));
  states.at(-1).sendMessage({ text: "Write a report." });
  await until(() => finished && ["ready", "error"].includes(states.at(-1).status) && states.at(-1).messages.length > 1);
  const { messages, error } = states.at(-1);
  const part = messages.at(-1).parts.find((part) => part.type === type);
  return { document: part?.data ?? part?.input, error: error && String(error), states: states.length };
}

async function agUi(url) {
  const { HttpAgent } = await import("@ag-ui/client");
  const agent = new HttpAgent({ url, threadId: "thread" });
  let error;
  await agent.runAgent({ runId: "run" }, { onRunErrorEvent: ({ event }) => { error = event.code; } }).catch((thrown) => { error ??= String(thrown); });
  return { document: agent.state, error };
}

async function agUiTool(url) {
  const { HttpAgent } = await import("@ag-ui/client");
  const agent = new HttpAgent({ url, threadId: "thread" });
  await agent.runAgent({ runId: "run" });
  const [call] = agent.messages.flatMap((message) => message.toolCalls ?? []);
  return { document: JSON.parse(call.function.arguments), name: call.function.name };
}
