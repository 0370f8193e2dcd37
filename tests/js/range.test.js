import assert from "node:assert/strict";
import { test } from "node:test";

import { Group } from "../../static/js/timeline/group.js";
import { rangeBetween, sumsOf } from "../../static/js/timeline/range.js";
import { waitersAt } from "../../static/js/timeline/waits.js";
import { BLOCKED, REASONS, RUNNABLE } from "../../static/js/trace/constants.js";
import { Fold } from "../../static/js/trace/fold.js";
import { LOOK_COUNT, lookOf } from "../../static/js/trace/looks.js";
import { goldenEvents } from "./golden.js";
import { randomOf } from "./random.js";

const GIL = REASONS.indexOf("gil");

/** @param {string} name */
function groupOf(name) {
  const group = new Group(new Fold().feed(goldenEvents(name)));
  group.update(true);
  return group;
}

/** How much of each span of a lane is within a range. */
function* overlaps(lane, fromNs, toNs, endNs) {
  for (let i = 0; i < lane.startNs.length; i += 1) {
    const spanEnd = i + 1 < lane.startNs.length ? lane.startNs.data[i + 1] : endNs;
    const ns = Math.min(spanEnd, toNs) - Math.max(lane.startNs.data[i], fromNs);
    if (ns > 0) yield [i, ns];
  }
}

for (const name of ["threads", "processes", "pool", "mp-queue", "asyncio", "shared"]) {
  test(`the sums of any range of ${name} are those of a plain walk over its spans and holds`, () => {
    const group = groupOf(name);
    const { fold } = group;
    const random = randomOf(7);
    for (let round = 0; round < 40; round += 1) {
      const range = rangeBetween(random() * fold.endNs, random() * fold.endNs * 1.1, fold.endNs);
      const { fromNs, toNs } = range;
      const sums = sumsOf(group, range);
      const waited = new Map();
      sums.lanes.forEach((found, at) => {
        const { lane } = group.rows[at];
        const looks = new Float64Array(LOOK_COUNT);
        let gilNs = 0;
        for (const [span, ns] of overlaps(lane, fromNs, toNs, fold.endNs)) {
          const state = lane.state.data[span];
          const reason = lane.reason.data[span];
          const obj = fold.texts.byIndex[lane.obj.data[span]];
          looks[lookOf(state, reason)] += ns;
          if (state === RUNNABLE && reason === GIL) gilNs += ns;
          if (state === BLOCKED && obj) waited.set(obj, (waited.get(obj) ?? 0) + ns);
        }
        looks.forEach((ns, look) => assert.ok(Math.abs(ns - found.looks[look]) < 1, `${lane.key} ${look}`));
        assert.ok(Math.abs(gilNs - found.gilNs) < 1);
      });
      for (const { obj, resource, waitedNs, heldNs } of sums.things) {
        assert.ok(Math.abs(waitedNs - (waited.get(obj) ?? 0)) < 1, obj);
        const held = resource.holds.map(([, began, ended]) =>
          Math.max(0, Math.min(ended ?? fold.endNs, toNs) - Math.max(began, fromNs)),
        );
        assert.ok(Math.abs(heldNs - held.reduce((all, ns) => all + ns, 0)) < 1, obj);
      }
      const events = goldenEvents(name).filter(({ ts_ns }) => ts_ns >= fromNs && ts_ns <= toNs);
      assert.equal(sums.events, events.length);
    }
  });
}

test("who waits for a lock is told in the order of coming, and counted as a step", () => {
  const me = { by: "probe", pid: 1 };
  const fold = new Fold().feed([
    { kind: "process.started", ...me, tid: 1, ts_ns: 0, ppid: 0, method: "main", name: "main" },
    { kind: "lock.created", ...me, tid: 1, ts_ns: 1, obj: "L", type: "threading.Lock", name: "gate" },
    { kind: "lock.acquired", ...me, tid: 1, ts_ns: 2, obj: "L", depth: 1 },
    { kind: "lane.blocked", ...me, tid: 3, ts_ns: 10, obj: "L", reason: "lock" },
    { kind: "lane.blocked", ...me, tid: 2, ts_ns: 20, obj: "L", reason: "lock" },
    { kind: "lock.released", ...me, tid: 1, ts_ns: 50, obj: "L", depth: 0 },
    { kind: "lane.unblocked", ...me, tid: 3, ts_ns: 50, obj: "L", result: true },
    { kind: "run.ended", by: "os", ts_ns: 80, status: "finished" },
  ]);
  const group = new Group(fold);
  group.update(true);

  assert.deepEqual(
    waitersAt(fold, "L", 30).map(({ lane }) => lane.tid),
    [3, 2],
  );
  group.tellStories();
  const curve = group.waits.curves.get("L");
  assert.deepEqual(
    [5, 15, 30, 60].map((ns) => curve?.at(ns)),
    [0, 1, 2, 1],
  );
  const [thing] = sumsOf(group, { fromNs: 15, toNs: 60 }).things;
  assert.deepEqual([thing.waitedNs, thing.waits, thing.mostWaiting, thing.heldNs], [35 + 40, 2, 2, 35]);
});
