import assert from "node:assert/strict";
import { test } from "node:test";

import { Group } from "../../static/js/timeline/group.js";
import { hit } from "../../static/js/timeline/hit.js";
import { barTop } from "../../static/js/timeline/layout.js";
import { MinimapScale } from "../../static/js/timeline/minimap_range.js";
import { TimelineModel } from "../../static/js/timeline/model.js";
import { DEFAULT_STRINGS } from "../../static/js/timeline/strings.js";
import { SIZES, THEMES } from "../../static/js/timeline/tokens.js";
import { Viewport } from "../../static/js/timeline/viewport.js";
import { LOOKS } from "../../static/js/trace/constants.js";
import { Fold } from "../../static/js/trace/fold.js";
import { lookOf } from "../../static/js/trace/looks.js";
import { randomOf } from "./random.js";

const WIDTH = 1000;
const SPANS = 60_000;

/** A lane that waits for this and that, from some nanoseconds to some milliseconds at a time. */
function crowdedFold() {
  const random = randomOf(3);
  const event = { pid: 1, by: "probe", obj: "" };
  const events = [{ ...event, ts_ns: 0, kind: "process.started", ppid: 0, method: "main" }];
  let ts_ns = 0;
  for (let n = 0; n < SPANS; n += 1) {
    ts_ns += 1 + Math.floor(10 ** (random() * 5));
    const reason = ["lock", "sleep", "queue_get", "gil"][Math.floor(random() * 4)];
    if (n % 2) events.push({ ...event, ts_ns, kind: "lane.unblocked", result: true });
    else events.push({ ...event, ts_ns, kind: "lane.blocked", reason });
  }
  return new Fold().feed(events);
}

/**
 * Time per look in [fromNs, toNs), span by span.
 * @param {import("../../static/js/trace/lane.js").Lane} lane
 * @param {number} fromNs
 * @param {number} toNs
 */
function counted(lane, fromNs, toNs) {
  /** @type {Record<string, number>} */
  const out = {};
  for (let i = 0; i < lane.startNs.length; i += 1) {
    const from = Math.max(fromNs, lane.startNs.data[i]);
    const to = Math.min(toNs, i + 1 < lane.startNs.length ? lane.startNs.data[i + 1] : Infinity);
    const look = LOOKS[lookOf(lane.state.data[i], lane.reason.data[i])];
    if (to > from) out[look] = (out[look] ?? 0) + to - from;
  }
  return out;
}

test("pointing at a pixel tells exactly what every state took of it, at every zoom", () => {
  const fold = crowdedFold();
  const model = new TimelineModel([new Group(fold)]);
  model.update();
  const viewport = new Viewport();
  viewport.resize(WIDTH);
  viewport.grow(model.beginNs, model.endNs);
  viewport.fit();
  const size = SIZES.laptop;
  const scene = {
    ...{ model, viewport, size, theme: THEMES.light, strings: DEFAULT_STRINGS, locale: "en" },
    ...{ width: size.labels + WIDTH, height: 200, scrollY: 0, hiddenLooks: 0 },
    ...{ cursorNs: null, selection: null, arrow: null },
  };
  const random = randomOf(4);
  const [row] = model.rows;
  let shared = 0;
  for (let zoom = 0; zoom < 14; zoom += 1) {
    row.columns.update(viewport, fold.endNs, 0);
    for (let n = 0; n < 12; n += 1) {
      const column = Math.floor(random() * WIDTH);
      const info = hit(scene, size.labels + column + 0.5, barTop(scene, 0) + 5);
      if (!info || !("share" in info) || !info.share) continue;
      shared += 1;
      const fromNs = (column + viewport.originColumn) * viewport.nsPerPx;
      const exact = counted(row.lane, fromNs, Math.min(fromNs + viewport.nsPerPx, fold.endNs));
      assert.deepEqual(Object.keys(info.share).sort(), Object.keys(exact).sort());
      for (const [look, ns] of Object.entries(exact)) {
        // The column's edges are fractions of a nanosecond.
        assert.ok(Math.abs(info.share[look] - ns) < 1e-3, `${look} at zoom ${zoom}`);
      }
    }
    viewport.zoom(1.9, WIDTH * random());
  }
  assert.ok(shared > 50, `only ${shared} pixels merged spans`);
});

test("a microsecond's wait for a lock within an hour has its pixel on the minimap, too", () => {
  const HOUR = 3600e9;
  const event = { pid: 1, by: "probe", obj: "" };
  const fold = new Fold().feed([
    { ...event, ts_ns: 0, kind: "process.started", ppid: 0, method: "main" },
    { ...event, ts_ns: HOUR / 2, kind: "lane.blocked", reason: "lock" },
    { ...event, ts_ns: HOUR / 2 + 1000, kind: "lane.unblocked", result: true },
    { ...event, ts_ns: HOUR, kind: "thread.ended" },
  ]);
  const model = new TimelineModel([new Group(fold)]);
  model.update();
  const { columns } = model.rows[0];
  for (const widthPx of [390, 868, 1920]) {
    const scale = new MinimapScale({ fromNs: 0, toNs: HOUR }, widthPx);
    columns.update(scale, fold.endNs, 0);
    const locked = (/** @type {number} */ look) => look === LOOKS.indexOf("locked");
    // Two, where it crosses the edge between them.
    const pixels = columns.look.filter(locked).length + columns.mark.filter(locked).length;
    assert.ok(pixels === 1 || pixels === 2, `${pixels} pixels`);
  }
});
