// The same spans in two other ways, for comparison: a plain SVG of our own, and vis-timeline.
// Both get what is best for them: only the lanes that fit, no texts, no animation.

import { THEMES } from "../static/js/timeline/tokens.js";
import { lookOf } from "../static/js/trace/looks.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH_PX = 1900;
const { looks } = THEMES.light;

/** Call `visit` with every span of the lanes that fit. */
function forEachSpan(fold, lanes, visit) {
  [...fold.lanes.values()].slice(0, lanes).forEach(({ startNs, state, reason }, row) => {
    for (let i = 0; i < startNs.length; i += 1) {
      const toNs = i + 1 < startNs.length ? startNs.data[i + 1] : fold.endNs;
      visit(row, startNs.data[i], toNs, lookOf(state.data[i], reason.data[i]));
    }
  });
}

/** A rect for each span; pan and zoom are one transform of them all. */
export function svgOf(host, fold, { lane, gap, lanes }) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("width", String(WIDTH_PX));
  svg.setAttribute("height", "1000");
  const all = document.createElementNS(SVG, "g");
  forEachSpan(fold, lanes, (row, fromNs, toNs, look) => {
    const rect = document.createElementNS(SVG, "rect");
    rect.setAttribute("x", String(fromNs / 1e6));
    rect.setAttribute("y", String(row * (lane + gap)));
    rect.setAttribute("width", String((toNs - fromNs) / 1e6));
    rect.setAttribute("height", String(lane));
    rect.setAttribute("fill", looks[look]);
    all.append(rect);
  });
  svg.append(all);
  host.append(svg);
  return (fromNs, toNs) => {
    const scale = WIDTH_PX / ((toNs - fromNs) / 1e6);
    all.setAttribute("transform", `scale(${scale} 1) translate(${-fromNs / 1e6} 0)`);
  };
}

/** vis-timeline's items, one for each span, in a group for each lane; its unit is the millisecond: ours are µs. */
export function visOf(host, fold, { lane, gap, lanes }) {
  const { vis } = globalThis;
  const items = [];
  forEachSpan(fold, lanes, (row, fromNs, toNs, look) => {
    const style = `background:${looks[look]};border:0;height:${lane}px`;
    items.push({ id: items.length, group: row, start: fromNs / 1e3, end: toNs / 1e3, content: "", style });
  });
  const groups = Array.from({ length: lanes }, (_, id) => ({ id, content: `lane ${id}` }));
  const timeline = new vis.Timeline(host, items, groups, {
    stack: false,
    height: "1000px",
    margin: { item: { vertical: gap, horizontal: 0 }, axis: 0 },
    start: 0,
    end: fold.endNs / 1e3,
    zoomMin: 1,
    verticalScroll: false,
  });
  return (fromNs, toNs) => timeline.setWindow(fromNs / 1e3, toNs / 1e3, { animation: false });
}
