// The marble strip: a row for each field, on a time axis that stretches as time goes on. The same signs as in the documentation's
// storyboards: a marble, a bar where a stream completes, a cross where it fails.

const WIDTH = 780, LABEL = 96, ROW = 30, AXIS = 20;
const HUES = [212, 24, 150, 282, 340, 48];
const LEAST_SECONDS = 4;

export class Marbles {
  constructor(parent, rows) {
    this.rows = rows;
    this.svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${rows.length * ROW + AXIS}`, role: "img", "aria-label": "marble diagram" });
    parent.replaceChildren(this.svg);
    this.start = performance.now();
    this.marks = [];
    this.seconds = 0;
    this.draw();
  }

  mark(row, kind) {
    this.seconds = (performance.now() - this.start) / 1000;
    this.marks.push({ row, kind, at: this.seconds });
    this.draw();
  }

  end(kind) {
    for (const row of this.rows) this.mark(row, kind);
  }

  draw() {
    const span = Math.max(LEAST_SECONDS, this.seconds * 1.03);
    const x = (at) => LABEL + (at / span) * (WIDTH - LABEL - 14);
    const parts = this.rows.flatMap((row, number) => {
      const y = number * ROW + ROW / 2;
      const label = shape("text", { x: 0, y, fill: "currentColor", "dominant-baseline": "central", "font-size": 13 }, row);
      return [label, line(LABEL - 6, y, WIDTH - 8, y, 0.25)];
    });
    for (let second = 0; second <= span; second += span > 12 ? 5 : 1) {
      const y = this.rows.length * ROW;
      parts.push(line(x(second), y - 3, x(second), y + 3, 0.4));
      parts.push(shape("text", { x: x(second), y: y + 15, fill: "currentColor", opacity: 0.6, "font-size": 11, "text-anchor": "middle" }, `${second} s`));
    }
    const latest = [...this.marks].sort((one, other) => (one.kind === "dot" ? 0 : 1) - (other.kind === "dot" ? 0 : 1));
    for (const { row, kind, at } of latest) {
      parts.push(sign(kind, x(at), this.rows.indexOf(row) * ROW + ROW / 2, HUES[this.rows.indexOf(row) % HUES.length]));
    }
    this.svg.replaceChildren(...parts);
  }
}

function sign(kind, x, y, hue) {
  const colour = `hsl(${hue} 55% 45%)`;
  if (kind === "dot") return shape("circle", { cx: x, cy: y, r: 3, fill: colour, "fill-opacity": 0.55, "data-kind": kind });
  if (kind === "closed") return shape("circle", { cx: x, cy: y, r: 8, fill: colour, "data-kind": kind });
  if (kind === "again") {
    const dashes = { stroke: "currentColor", "stroke-dasharray": "3 3", "stroke-opacity": 0.6, "data-kind": kind };
    return shape("line", { x1: x, y1: y - 15, x2: x, y2: y + 15, ...dashes });
  }
  const path = kind === "completed" ? `M${x} ${y - 9} V${y + 9}` : `M${x - 5} ${y - 5} l10 10 m0 -10 l-10 10`;
  return shape("path", { d: path, stroke: "currentColor", "stroke-width": 2.5, fill: "none", "stroke-linecap": "round", "data-kind": kind });
}

const line = (x1, y1, x2, y2, opacity) =>
  shape("line", { x1, y1, x2, y2, stroke: "currentColor", "stroke-opacity": opacity, "stroke-width": 1.5 });

function shape(name, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}
