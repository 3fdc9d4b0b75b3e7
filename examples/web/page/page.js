// The page: `follow` keeps the report up to date, and this shows it. The run's id is in the address, so that a reload comes back
// to the same run.

import { follow } from "/rxstruct.js";
import { Marbles } from "/marbles.js";

const FIELDS = ["title", "summary", "sections", "conclusion"];
const element = (id) => document.getElementById(id);
const place = (name) => document.querySelector(`[data-field="${name}"]`);

let marbles;
let progress;
let figures;

element("controls").addEventListener("submit", async (event) => {
  event.preventDefault();
  const response = await fetch(`/runs/${element("scenario").value}`, { method: "POST" });
  location.hash = await response.json();
});
element("stop").addEventListener("click", () => fetch(`/runs/${location.hash.slice(1)}/stop`, { method: "POST" }));
addEventListener("hashchange", watch);

clear();
if (location.hash) watch();

function watch() {
  clear();
  setRunning(true);
  element("state").textContent = "Waiting for the model…";
  follow(`/runs/${location.hash.slice(1)}/events`, {
    onField(name, value) {
      show(name, value);
      marbles.mark(name, "dot");
    },
    onChange(report, patch) {
      figures.patches += 1;
      figures.characters += JSON.stringify(patch).length;
      element("figures").textContent = `${figures.patches} patches · ${(figures.characters / 1024).toFixed(1)} KB`;
    },
    events: { progress: showProgress, attempt: showAttempt },
    onCompleted: () => end("completed", progress.fraction === 1 ? "Complete." : "Stopped; this is what there was."),
    onFailed({ error, message, path }) {
      element("error").textContent = `${error}: ${message}`;
      element("error").hidden = false;
      if (path) place(path[0])?.classList.add("failed");
      end("failed", "Failed; this is what there was.");
    },
  });
}

function clear() {
  progress = { completed: [], fraction: 0 };
  figures = { patches: 0, characters: 0 };
  marbles = new Marbles(element("marbles"), FIELDS);
  element("error").hidden = element("again").hidden = true;
  element("figures").textContent = "";
  element("fraction").style.width = 0;
  for (const name of FIELDS) {
    place(name).className = name;
    show(name, undefined);
  }
}

function show(name, value) {
  const holder = place(name);
  holder.classList.toggle("absent", value === undefined);
  if (value === undefined) holder.replaceChildren();
  else if (name === "sections") showSections(holder, value);
  else holder.textContent = value;
}

function showSections(holder, sections) {
  while (holder.children.length > sections.length) holder.lastChild.remove();
  sections.forEach(({ heading = "", text = "", sources }, index) => {
    const section = holder.children[index] ?? holder.appendChild(newSection());
    const [title, paragraph, note] = section.children;
    title.textContent = heading;
    paragraph.textContent = text;
    note.textContent = sources === undefined ? "" : `${sources} sources`;
    title.classList.toggle("open", progress.fraction < 1 && !text && sources === undefined);
    paragraph.classList.toggle("open", progress.fraction < 1 && !!text && sources === undefined);
  });
}

function newSection() {
  const section = document.createElement("section");
  section.append(document.createElement("h3"), document.createElement("p"), document.createElement("p"));
  section.lastChild.className = "sources";
  return section;
}

function showProgress(news) {
  for (const name of news.completed.slice(progress.completed.length)) marbles.mark(name, "closed");
  progress = news;
  element("fraction").style.width = `${100 * news.fraction}%`;
  element("state").textContent = `${news.completed.length} of ${news.total} fields${news.current ? `, now the ${news.current}` : ""}`;
  for (const name of FIELDS) place(name).classList.toggle("open", name === news.current && name !== "sections");
}

function showAttempt({ number, complaint }) {
  if (number === 1) return;
  progress = { completed: [], fraction: 0 };
  for (const name of FIELDS) marbles.mark(name, "again");
  element("again").textContent = `Asked again, attempt ${number}. ${complaint}`;
  element("again").hidden = false;
}

function end(kind, words) {
  marbles.end(kind);
  element("state").textContent = words;
  for (const open of document.querySelectorAll(".open")) open.classList.remove("open");
  setRunning(false);
}

function setRunning(running) {
  element("start").disabled = running;
  element("stop").disabled = !running;
}
