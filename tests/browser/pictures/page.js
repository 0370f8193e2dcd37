// Draws golden traces on the timeline's canvas, in a font that is the same everywhere, and compares pictures.

import { Timeline } from "/static/js/timeline/timeline.js";
import { FONT_FAMILY } from "/static/js/timeline/tokens.js";
import { Fold } from "/static/js/trace/fold.js";

/** A colour this far off, in any channel, is another one. */
const SAME_COLOUR = 40;
/** Of a channel in a kept picture. */
const LEVELS = 8;
const prototype = CanvasRenderingContext2D.prototype;
const font = Object.getOwnPropertyDescriptor(prototype, "font");
Object.defineProperty(prototype, "font", {
  ...font,
  set(value) {
    font.set.call(this, value.replace(FONT_FAMILY, "Pictures"));
  },
});

/** The events of a trace of the golden folder; "crowd" is made here: thousands of short spans, a few waits for a lock. */
async function eventsOf(trace) {
  if (trace === "crowd") return crowd();
  const text = await (await fetch(`/tests/golden/${trace}.ndjson`)).text();
  const [, ...lines] = text.trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line));
}

function crowd() {
  const by = { by: "probe", pid: 1, file: "a.py", line: 1 };
  const events = [{ ...by, ts_ns: 0, tid: 1, kind: "process.started", ppid: 0, method: "main", name: "Main" }];
  for (let n = 0; n < 6000; n += 1) {
    const ts_ns = 1000 + n * 500 + ((n * 7919) % 400);
    if (n % 2) events.push({ ...by, ts_ns, tid: 1, kind: "lane.unblocked", result: true });
    else {
      const reason = n % 1000 === 500 ? "lock" : n < 3000 ? "sleep" : "queue_get";
      events.push({ ...by, ts_ns, tid: 1, kind: "lane.blocked", reason, obj: "" });
    }
  }
  return events;
}

/** Draw a trace; `without` is a method of the context that then does nothing. */
async function draw({ trace, theme, size, width, height, cursorMs }, without = "") {
  await Promise.all(["400 14px Pictures", "600 14px Pictures"].map((name) => document.fonts.load(name)));
  const host = document.getElementById("host");
  host.replaceChildren();
  Object.assign(host.style, { width: `${width}px`, height: `${height}px` });
  const fold = new Fold().feed(await eventsOf(trace));
  const left = without && prototype[without];
  if (without) prototype[without] = () => null;
  const timeline = new Timeline(host, { theme, size });
  timeline.setFold(fold);
  timeline.setFollow(false);
  timeline.fit();
  if (cursorMs) timeline.setCursor(cursorMs * 1e6);
  timeline.view.paintNow();
  if (without) prototype[without] = left;
  const { canvas } = timeline.view;
  timeline.pointer.destroy();
  return canvas;
}

function pixelsOf(source) {
  const canvas = new OffscreenCanvas(source.width, source.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, 0, 0);
  return context.getImageData(0, 0, source.width, source.height);
}

/** How many pixels of one picture have nothing like them in the other, there or next to it. */
function missing(one, other) {
  const { width, height } = one;
  let count = 0;
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) if (!hasLike(other, one.data, x, y, width)) count += 1;
  }
  return count;
}

function hasLike(other, data, x, y, width) {
  const at = (y * width + x) * 4;
  for (let dy = -1; dy <= 1; dy += 1) {
    for (let dx = -1; dx <= 1; dx += 1) {
      const place = at + (dy * width + dx) * 4;
      let far = 0;
      for (let channel = 0; channel < 3; channel += 1) {
        far = Math.max(far, Math.abs(data[at + channel] - other.data[place + channel]));
      }
      if (far <= SAME_COLOUR) return true;
    }
  }
  return false;
}

async function compare(scene, expectedUrl, without = "") {
  const expected = await createImageBitmap(await (await fetch(expectedUrl)).blob());
  const actual = await draw(scene, without);
  if (expected.width !== actual.width || expected.height !== actual.height) return Infinity;
  const [one, other] = [pixelsOf(expected), pixelsOf(actual)];
  return missing(one, other) + missing(other, one);
}

/** The picture against itself, moved by a pixel and a little blurred: what another rasterizer may do. */
async function nudged(scene) {
  const canvas = await draw(scene);
  const moved = new OffscreenCanvas(canvas.width, canvas.height);
  const context = moved.getContext("2d");
  context.drawImage(canvas, 1, 0);
  context.globalAlpha = 0.12;
  context.drawImage(canvas, 2, 1);
  const [one, other] = [pixelsOf(canvas), pixelsOf(moved)];
  return missing(one, other) + missing(other, one);
}

/** The picture in few colours, far finer than what the comparison tells apart: a palette, and a number for each pixel. */
async function reduced(scene) {
  const { data, width, height } = pixelsOf(await draw(scene));
  const step = 255 / LEVELS;
  const palette = new Map();
  const indices = [];
  for (let i = 0; i < data.length; i += 4) {
    const colour = [0, 1, 2].map((channel) => Math.round(Math.round(data[i + channel] / step) * step));
    const key = colour.join();
    if (!palette.has(key)) palette.set(key, [palette.size, colour]);
    indices.push(palette.get(key)[0]);
  }
  return { width, height, palette: [...palette.values()].map(([, colour]) => colour), indices };
}

window.pictures = {
  reduced,
  compare,
  nudged,
};
