// The wait-for graph as a small picture: who waits stands above whom it waits for; a circle is red, thick, and said in words.

import { plain } from "../lib/plain.js";
import { make, setText } from "./dom.js";
import { labelOf, nameOf } from "./moment.js";

/** @typedef {import("./moment.js").Moment} Moment */
/** @typedef {import("../trace/wait_graph.js").Edge} Edge */
/** @typedef {import("../trace/wait_graph.js").Graph} Graph */
/** @typedef {{x: number, y: number}} Point */

// More do not fit a picture that is to be read; the sentences still say it all.
const NODES_DRAWN = 12;
const WIDTH = 112;
const HEIGHT = 28;
const GAP_X = 84;
const GAP_Y = 44;
const MARGIN = 6;
const BEND = 26;
const LETTERS = 15;
const SVG = "http://www.w3.org/2000/svg";

export class WaitGraphView {
  /** @param {import("./words.js").Words} words */
  constructor(words) {
    this.words = words;
    this.signature = "";
    this.title = make("h3", "panel-subtitle");
    this.picture = make("div", "wait-picture");
    this.picture.setAttribute("role", "img");
    this.circle = make("p", "wait-circle");
    this.host = make("section", "wait-graph");
    this.host.append(this.title, this.picture, this.circle);
    this.host.hidden = true;
    this.translate();
  }

  translate() {
    setText(this.title, this.words.t("graph.title"));
    this.signature = "";
  }

  /** @param {Moment} moment @param {Graph} graph */
  update(moment, graph) {
    this.host.hidden = graph.edges.length === 0;
    if (this.host.hidden) return;
    const said = graph.edges.map((edge) => this.#edgeText(moment, edge));
    const circles = graph.circles.map((keys) => this.#circleText(moment, keys));
    const signature = [...said, ...circles].join("\n");
    if (signature === this.signature) return;
    this.signature = signature;
    setText(this.circle, circles.join(" "));
    this.circle.hidden = circles.length === 0;
    this.picture.setAttribute("aria-label", [...said, ...circles].join(" "));
    const isDrawn = graph.nodes.length <= NODES_DRAWN;
    this.picture.classList.toggle("only-words", !isDrawn);
    if (isDrawn) this.picture.replaceChildren(draw(moment, graph));
    else setText(this.picture, said.join(" "));
  }

  /** @param {Moment} moment @param {Edge} edge */
  #edgeText(moment, { from, to, obj }) {
    const thing = moment.fold.resources.has(obj) ? nameOf(moment.fold, obj) : "";
    const names = { lane: labelOf(moment, from), other: labelOf(moment, to), obj: thing };
    return this.words.t(thing ? "graph.edge" : "graph.edge_end", names);
  }

  /** @param {Moment} moment @param {string[]} keys */
  #circleText(moment, keys) {
    const names = [...keys, keys[0]].map((key) => labelOf(moment, key));
    return this.words.t("graph.circle", { names: names.join(" → ") });
  }
}

/**
 * Where each node stands: rows by rank, the highest above; a circle's nodes side by side, in its order.
 * @param {Graph} graph
 * @returns {{places: Map<string, Point>, width: number, height: number}}
 */
export function layOut({ nodes, circles }) {
  const top = Math.max(0, ...nodes.map(({ rank }) => rank));
  /** @type {string[][]} */
  const rows = Array.from({ length: top + 1 }, () => []);
  for (const keys of circles) rows[top].push(...keys);
  for (const { key, rank, inCircle } of nodes) if (!inCircle) rows[top - rank].push(key);
  const widest = Math.max(...rows.map((row) => row.length));
  const width = widest * WIDTH + (widest - 1) * GAP_X + 2 * MARGIN;
  // The way back of a circle bends out below its nodes.
  const bend = circles.length ? BEND + 14 : 0;
  const places = new Map();
  rows.forEach((row, y) => {
    const left = (width - row.length * WIDTH - (row.length - 1) * GAP_X) / 2;
    const shift = y === top && circles.length ? bend / 2 : 0;
    row.forEach((key, x) =>
      places.set(key, {
        x: left + x * (WIDTH + GAP_X) + WIDTH / 2,
        y: MARGIN + y * (HEIGHT + GAP_Y) + HEIGHT / 2 + shift,
      }),
    );
  });
  return { places, width, height: (top + 1) * HEIGHT + top * GAP_Y + 2 * MARGIN + bend };
}

/** @param {Moment} moment @param {Graph} graph */
function draw(moment, graph) {
  const { places, width, height } = layOut(graph);
  const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" });
  svg.append(arrowHead("wait-head", ""), arrowHead("wait-head-circle", "in-circle"));
  const labels = [];
  for (const edge of graph.edges) {
    const [from, to] = [places.get(edge.from), places.get(edge.to)];
    if (!from || !to) continue;
    const { path, label } = from.y === to.y ? sideways(from, to) : downwards(from, to);
    const circle = edge.inCircle ? " in-circle" : "";
    svg.append(
      element("path", {
        d: path,
        class: `wait-edge${circle}`,
        "marker-end": `url(#wait-head${edge.inCircle ? "-circle" : ""})`,
      }),
    );
    const name = moment.fold.resources.has(edge.obj) ? nameOf(moment.fold, edge.obj) : "";
    if (name) labels.push(text(label, name, `wait-label${circle}`));
  }
  for (const { key, inCircle } of graph.nodes) {
    const at = places.get(key);
    if (at) svg.append(...box(at, labelOf(moment, key), inCircle));
  }
  // Above everything, so that no line crosses a name.
  svg.append(...labels);
  return svg;
}

/** @param {Point} from @param {Point} to */
function downwards(from, to) {
  const [x1, y1, x2, y2] = [from.x, from.y + HEIGHT / 2, to.x, to.y - HEIGHT / 2 - 2];
  return { path: `M${x1} ${y1}L${x2} ${y2}`, label: { x: (x1 + x2) / 2, y: (y1 + y2) / 2 + 4 } };
}

/** Of two that wait for each other, one way bends out above and the other below. @param {Point} from @param {Point} to */
function sideways(from, to) {
  const forward = to.x > from.x;
  const isNear = Math.abs(to.x - from.x) <= WIDTH + GAP_X;
  const way = forward ? -1 : 1;
  const [x1, x2] = [from.x + (forward ? 30 : -30), to.x + (forward ? -30 : 30)];
  const [y1, y2] = [from.y + (way * HEIGHT) / 2, to.y + (way * (HEIGHT + 4)) / 2];
  const bend = way * (isNear ? BEND : BEND * 1.4);
  const middle = (x1 + x2) / 2;
  return {
    path: `M${x1} ${y1}Q${middle} ${y1 + bend} ${x2} ${y2}`,
    label: { x: middle, y: y1 + bend / 2 + (way > 0 ? 8 : 0) },
  };
}

/** @param {Point} at @param {string} label @param {boolean} inCircle */
function box({ x, y }, label, inCircle) {
  const rect = element("rect", {
    x: x - WIDTH / 2,
    y: y - HEIGHT / 2,
    width: WIDTH,
    height: HEIGHT,
    rx: 6,
    class: inCircle ? "wait-node in-circle" : "wait-node",
  });
  return [rect, text({ x, y: y + 4 }, label, "wait-name")];
}

/** @param {Point} at @param {string} words @param {string} className */
function text({ x, y }, words, className) {
  const letters = [...plain(words)];
  const node = element("text", { x, y, class: className, "text-anchor": "middle" });
  node.textContent =
    letters.length > LETTERS ? `${letters.slice(0, LETTERS - 1).join("")}…` : letters.join("");
  return node;
}

/** @param {string} id @param {string} className */
function arrowHead(id, className) {
  const marker = element("marker", {
    id,
    viewBox: "0 0 10 10",
    refX: 8,
    refY: 5,
    markerWidth: 12,
    markerHeight: 12,
    markerUnits: "userSpaceOnUse",
    orient: "auto",
  });
  marker.append(element("path", { d: "M0 0L10 5L0 10z", class: `wait-arrow ${className}` }));
  return marker;
}

/** @param {string} tag @param {Record<string, string | number>} attributes */
function element(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  return node;
}
