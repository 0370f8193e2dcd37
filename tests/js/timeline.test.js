import assert from "node:assert/strict";
import { test } from "node:test";

import { Group } from "../../static/js/timeline/group.js";
import { hit, spanInfo } from "../../static/js/timeline/hit.js";
import {
  arrowOf,
  barTop,
  groupBand,
  headHeight,
  rowAt,
  visibleFlows,
  visibleRows,
} from "../../static/js/timeline/layout.js";
import { TimelineModel } from "../../static/js/timeline/model.js";
import { DEFAULT_STRINGS, withDefaults } from "../../static/js/timeline/strings.js";
import { cutName } from "../../static/js/timeline/text.js";
import { FLOWS, SHAPES, SIZES, THEMES } from "../../static/js/timeline/tokens.js";
import { Viewport } from "../../static/js/timeline/viewport.js";
import { LOOKS, REASONS, STATES } from "../../static/js/trace/constants.js";
import { Fold } from "../../static/js/trace/fold.js";
import { goldenEvents } from "./golden.js";

/** @param {string} name */
function modelOf(name) {
  const model = new TimelineModel([new Group(new Fold().feed(goldenEvents(name)))]);
  model.update();
  return model;
}

/**
 * A scene of a golden trace, fitted to 1,000 pixels of plot, its columns computed.
 * @param {string} name
 * @returns {import("../../static/js/timeline/layout.js").Scene}
 */
function sceneOf(name) {
  const model = modelOf(name);
  const viewport = new Viewport();
  viewport.resize(1000);
  viewport.grow(model.beginNs, model.endNs);
  viewport.fit();
  for (const row of model.rows) row.columns.update(viewport, model.endNs, 0);
  const size = SIZES.laptop;
  return {
    model,
    viewport,
    size,
    theme: THEMES.light,
    strings: DEFAULT_STRINGS,
    locale: "en",
    width: size.labels + 1000,
    height: 600,
    scrollY: 0,
    hiddenLooks: 0,
    cursorNs: null,
    selection: null,
    range: null,
    rangeBeginNs: null,
    marks: [],
    arrow: null,
  };
}

const outline = (/** @type {TimelineModel} */ model) =>
  model.rows.map((row) => `${" ".repeat(row.depth)}${row.label}`);

test("threads stand below their process, which is MainThread when it is the only one", () => {
  assert.deepEqual(outline(modelOf("threads")), ["MainThread", " cook", " waiter", " cashier"]);
});

test("child processes stand below their parent, to any depth", () => {
  assert.deepEqual(outline(modelOf("processes")), [
    "MainProcess",
    " child-1",
    " child-2",
    "  child-3",
    "  child-4",
  ]);
});

test("lanes that a library made are hidden unless asked for, and what they made hangs below whom they serve", () => {
  const model = modelOf("mp-queue");
  assert.deepEqual(outline(model), ["MainProcess", " consumer"]);
  model.showInternal = true;
  model.update();
  assert.deepEqual(outline(model), [
    "MainProcess",
    " QueueFeederThread",
    " resource tracker",
    " forkserver",
    " consumer",
  ]);
});

test("a model fed batch by batch is the one fed at once", () => {
  const events = goldenEvents("pool");
  const fold = new Fold();
  const model = new TimelineModel([new Group(fold)]);
  for (const event of events) {
    fold.feed([event]);
    model.update();
  }
  const whole = modelOf("pool");

  assert.deepEqual(outline(model), outline(whole));
  for (const row of model.rows) {
    const other = whole.rowOf(row.key);
    assert.deepEqual(row.tasks, other?.tasks);
    assert.deepEqual(row.holds, other?.holds);
    assert.deepEqual(row.index.running, other?.index.running);
  }
});

test("a lane knows when it held which lock", () => {
  const row = modelOf("threads").rowOf("4240.11");
  assert.deepEqual(row?.holds.get("4240.1"), [
    ["4240.11", 85_300_000, 105_800_000],
    ["4240.11", 106_000_000, 126_500_000],
  ]);
});

test("pointing at a span tells what it is, since when, where, and what for", () => {
  const scene = sceneOf("threads");
  const position = /** @type {number} */ (scene.model.positions.get("4240.11"));
  const x = scene.size.labels + scene.viewport.xForT(60e6);
  const info = hit(scene, x, barTop(scene, position) + 20);

  assert.ok(info && "laneKey" in info);
  const { atNs, span, group, ...facts } = info;
  assert.equal(group, scene.model.groups[0]);
  assert.ok(Math.abs(atNs - 60e6) < scene.viewport.nsPerPx && span > 0);
  assert.deepEqual(facts, {
    key: "4240.11",
    laneKey: "4240.11",
    label: "waiter",
    state: "blocked",
    look: "locked",
    reason: "lock",
    source: "probe",
    fromNs: 46_800_000,
    toNs: 85_200_000,
    file: "kitchen.py",
    line: 25,
    obj: "4240.1",
    holds: [],
  });
});

test("a lane's span at an instant says which locks the lane held", () => {
  const scene = sceneOf("threads");
  const row = /** @type {import("../../static/js/timeline/group.js").Row} */ (scene.model.rowOf("4240.12"));

  assert.deepEqual(spanInfo(row, 60e6)?.holds, ["4240.1"]);
  assert.deepEqual(spanInfo(row, 34.5e6)?.holds, []);
  assert.equal(spanInfo(row, 10e6), null);
  assert.equal(spanInfo(row, scene.model.endNs + 1), null);
});

test("a pixel that merges many spans tells the share of each look", () => {
  const fold = new Fold();
  const event = { pid: 1, by: "probe", obj: "" };
  fold.feed([{ ...event, ts_ns: 0, kind: "process.started", ppid: 0, method: "main" }]);
  for (let n = 1; n <= 100_000; n += 1) {
    fold.feed([
      { ...event, ts_ns: n * 1000, kind: "lane.blocked", reason: "lock" },
      { ...event, ts_ns: n * 1000 + 250, kind: "lane.unblocked", result: true },
    ]);
  }
  const scene = sceneOf("threads");
  scene.model = new TimelineModel([new Group(fold)]);
  scene.model.update();
  scene.viewport.grow(0, fold.endNs);
  scene.viewport.fit();
  scene.model.rows[0].columns.update(scene.viewport, fold.endNs, 0);
  const info = hit(scene, scene.size.labels + 500, barTop(scene, 0) + 10);

  assert.ok(info && "laneKey" in info && info.share);
  assert.ok(Math.abs(info.share.locked + info.share.running - scene.viewport.nsPerPx) < 1e-3);
  assert.ok(Math.abs(info.share.locked / scene.viewport.nsPerPx - 0.25) < 0.01);
});

test("pointing at an arrow gives the flow; at the labels and the ruler, nothing", () => {
  const scene = sceneOf("threads");
  const put = scene.model.groups[0].fold.flows.find((flow) => flow[0] === "put_got" && flow[4] > 100e6);
  assert.ok(put);
  const from = /** @type {number} */ (scene.model.positions.get(put[1]));
  const x = scene.size.labels + scene.viewport.xForT(75e6);
  const found = hit(scene, x, barTop(scene, from) + scene.size.lane + 2);

  assert.ok(found && "flow" in found);
  assert.equal(found.flow, put);
  assert.equal(hit(scene, 20, barTop(scene, 0) + 5), null);
  assert.equal(hit(scene, x, headHeight(scene) - 5), null);
});

test("flows in sight are those whose lanes are shown and whose time touches the viewport", () => {
  const scene = sceneOf("mp-queue");
  const all = visibleFlows(scene);
  assert.deepEqual(
    all.arrows?.map(({ flow }) => flow[0]),
    ["forked", "put_got", "put_got", "put_got", "joined"],
  );
  scene.viewport.show(69e6, 80e6);
  assert.deepEqual(
    visibleFlows(scene).arrows?.map(({ flow }) => flow[0]),
    ["joined"],
  );
});

/** The same run twice and another one between them, as one picture. */
function sceneOfThree() {
  const scene = sceneOf("threads");
  const groups = ["threads", "mp-queue", "threads"].map(
    (name, at) => new Group(new Fold().feed(goldenEvents(name)), `${at}:`, { title: name, note: "" }),
  );
  scene.model = new TimelineModel(groups);
  scene.model.update();
  return scene;
}

test("several runs stand below each other, each below its heading, and their lanes do not mix", () => {
  const scene = sceneOfThree();
  const { model } = scene;
  assert.deepEqual(
    model.rows.map((row) => row.key.slice(0, 2)),
    ["0:", "0:", "0:", "0:", "1:", "1:", "2:", "2:", "2:", "2:"],
  );
  const longest = Math.max(...model.groups.map((group) => group.fold.endNs));
  assert.equal(model.endNs, longest);
  assert.equal(model.rowOf("2:4240")?.group, model.groups[2]);
  assert.equal(model.rowOf("4240"), undefined);
  // Every row is found again where it is drawn, and no heading belongs to a lane.
  for (const [position, row] of model.rows.entries()) {
    assert.equal(rowAt(scene, barTop(scene, position) + scene.size.lane / 2), row);
  }
  model.groups.forEach((_, index) => {
    assert.equal(rowAt(scene, groupBand(scene, index).top + scene.size.heading / 2), undefined);
  });
  // An arrow stays in its run.
  const arrow = { flow: model.groups[2].fold.flows[0], group: model.groups[2] };
  const top = groupBand(scene, 2).top;
  assert.ok(arrowOf(scene, arrow)?.every(([, y]) => y > top));
});

test("of several runs, the rows in sight are those that the canvas shows", () => {
  const scene = sceneOfThree();
  const tall = scene.size.lane;
  for (let scrollY = 0; scrollY <= 460; scrollY += 20) {
    Object.assign(scene, { scrollY, height: 200 });
    const [first, end] = visibleRows(scene);
    scene.model.rows.forEach((_, position) => {
      const top = barTop(scene, position);
      const inSight = top + tall > headHeight(scene) && top < scene.height;
      if (inSight) assert.ok(position >= first && position < end, `row ${position} at ${scrollY}`);
    });
    assert.ok(end - first <= 6);
  }
});

test("there is a colour, a shape, an arrow and a name for everything that can occur", () => {
  for (const theme of Object.values(THEMES)) assert.equal(theme.looks.length, LOOKS.length);
  assert.equal(SHAPES.length, LOOKS.length);
  assert.deepEqual(Object.keys(DEFAULT_STRINGS.lookNames), [...LOOKS]);
  assert.deepEqual(Object.keys(DEFAULT_STRINGS.stateNames), [...STATES]);
  assert.deepEqual(Object.keys(DEFAULT_STRINGS.reasonNames).sort(), REASONS.filter(Boolean).sort());
  assert.deepEqual(Object.keys(DEFAULT_STRINGS.flowNames), Object.keys(FLOWS));
  assert.equal(withDefaults({ orphan: "孤儿" }).orphan, "孤儿");
});

test("a flow to a lane below a collapsed one ends there, and one that is wholly below it is not drawn", () => {
  const scene = sceneOf("processes");
  const { model } = scene;
  const all = visibleFlows(scene).count;
  const fold = (/** @type {string} */ label) => {
    const row = model.rows.find((one) => one.label === label);
    row?.group.arrangement.toggleCollapsed(row.lane.key);
    model.update();
    for (const each of model.rows) each.columns.update(scene.viewport, model.endNs, 0);
  };
  fold("child-2");
  const within = new Set(["child-2", "child-3", "child-4"]);
  const names = (/** @type {import("../../static/js/timeline/layout.js").Arrow} */ { flow, group }) =>
    [flow[1], flow[3]].map((key) => group.labelOf(key));
  const { arrows, count } = visibleFlows(scene);
  assert.ok(count > 0 && count < all);
  for (const arrow of arrows ?? []) {
    assert.ok(!names(arrow).every((name) => within.has(name)), String(names(arrow)));
    assert.ok(arrowOf(scene, arrow));
  }
  fold("MainProcess");
  assert.equal(visibleFlows(scene).count, 0);
});

test("a name that is cut keeps its number: else several of a kind would look the same", () => {
  const context = /** @type {any} */ ({ font: "test", measureText: (text) => ({ width: text.length }) });
  assert.equal(cutName(context, "ForkPoolWorker-12", 20), "ForkPoolWorker-12");
  assert.equal(cutName(context, "ForkPoolWorker-12", 10), "ForkPo…-12");
  assert.equal(cutName(context, "MainProcess", 8), "MainPro…");
});
