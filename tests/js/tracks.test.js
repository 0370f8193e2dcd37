import assert from "node:assert/strict";
import { test } from "node:test";

import { Group } from "../../static/js/timeline/group.js";
import { TimelineModel } from "../../static/js/timeline/model.js";
import { coreTracks, thingTracks, trackInfo } from "../../static/js/timeline/tracks.js";
import { Fold } from "../../static/js/trace/fold.js";
import { goldenEvents } from "./golden.js";

const me = { by: "probe", pid: 1 };
const begin = [
  { kind: "process.started", ...me, tid: 1, ts_ns: 0, ppid: 0, method: "main", name: "main" },
  { kind: "thread.created", ...me, tid: 1, ts_ns: 1, obj: "a", name: "A" },
  { kind: "thread.created", ...me, tid: 1, ts_ns: 1, obj: "b", name: "B" },
  { kind: "thread.started", ...me, tid: 2, ts_ns: 2, obj: "a" },
  { kind: "thread.started", ...me, tid: 3, ts_ns: 3, obj: "b" },
];
const os = (/** @type {Record<string, unknown>} */ event) => ({ by: "os", pid: 1, ...event });

/** @param {Record<string, any>[]} events */
function groupOf(events) {
  const group = new Group(new Fold().feed([...begin, ...events]));
  group.update(false);
  return group;
}

test("a lock that one waited for has a row: its holder, and who waits in the order of coming", () => {
  const group = groupOf([
    { kind: "lock.created", ...me, tid: 1, ts_ns: 4, obj: "L", type: "Lock", name: "gate" },
    { kind: "lock.created", ...me, tid: 1, ts_ns: 4, obj: "M", type: "Lock", name: "never wanted" },
    { kind: "lock.acquired", ...me, tid: 1, ts_ns: 5, obj: "L", depth: 1 },
    { kind: "lock.acquired", ...me, tid: 1, ts_ns: 5, obj: "M", depth: 1 },
    { kind: "lane.blocked", ...me, tid: 3, ts_ns: 10, obj: "L", reason: "lock" },
    { kind: "lane.blocked", ...me, tid: 2, ts_ns: 20, obj: "L", reason: "lock" },
    { kind: "run.ended", by: "os", ts_ns: 80, status: "finished" },
  ]);
  const tracks = thingTracks(group);
  assert.deepEqual(
    tracks.map(({ resource }) => resource?.name),
    ["gate"],
  );
  const info = trackInfo(tracks[0], 30);
  assert.deepEqual(info?.hold, ["1", 5, null]);
  assert.deepEqual(info?.waiters, [
    { key: "b", sinceNs: 10 },
    { key: "a", sinceNs: 20 },
  ]);
  assert.equal(trackInfo(tracks[0], 81), null);
});

test("a queue's row knows how full it was", () => {
  const group = groupOf([
    { kind: "queue.created", ...me, tid: 1, ts_ns: 4, obj: "Q", type: "Queue", name: "q", maxsize: 0 },
    { kind: "queue.put", ...me, tid: 1, ts_ns: 10, obj: "Q", depth: 1, item: "1" },
    { kind: "queue.put", ...me, tid: 1, ts_ns: 20, obj: "Q", depth: 2, item: "2" },
    { kind: "queue.got", ...me, tid: 2, ts_ns: 30, obj: "Q", depth: 1, item: "1" },
    { kind: "run.ended", by: "os", ts_ns: 40, status: "finished" },
  ]);
  const [track] = thingTracks(group);
  assert.deepEqual(
    [5, 10, 25, 35].map((ns) => trackInfo(track, ns)?.items),
    [0, 1, 2, 1],
  );
});

test("the GIL's holder is inferred where one waits for it and one alone runs, and nowhere else", () => {
  const group = groupOf([
    os({ kind: "lane.off_cpu", tid: 1, ts_ns: 5, reason: "io" }),
    os({ kind: "lane.off_cpu", tid: 3, ts_ns: 10, reason: "gil" }),
    os({ kind: "lane.on_cpu", tid: 3, ts_ns: 40, cpu: 0 }),
    os({ kind: "lane.off_cpu", tid: 2, ts_ns: 40, reason: "gil" }),
    os({ kind: "lane.on_cpu", tid: 2, ts_ns: 60, cpu: 1 }),
    { kind: "run.ended", by: "os", ts_ns: 100, status: "finished" },
  ]);
  const [gil] = thingTracks(group);
  assert.ok(gil.inferred);
  assert.deepEqual(gil.holds, [
    ["a", 10, 40],
    ["b", 40, 60],
  ]);
  assert.deepEqual(trackInfo(gil, 50)?.waiters, [{ key: "a", sinceNs: 40 }]);
});

test("a lane is on a core until it stops, moves, or another comes", () => {
  const group = groupOf([
    os({ kind: "lane.off_cpu", tid: 2, ts_ns: 5, reason: "cpu" }),
    os({ kind: "lane.on_cpu", tid: 2, ts_ns: 10, cpu: 1 }),
    os({ kind: "lane.off_cpu", tid: 2, ts_ns: 20, reason: "cpu" }),
    os({ kind: "lane.on_cpu", tid: 2, ts_ns: 30, cpu: 0 }),
    os({ kind: "lane.off_cpu", tid: 3, ts_ns: 31, reason: "cpu" }),
    os({ kind: "lane.on_cpu", tid: 3, ts_ns: 40, cpu: 0 }),
    { kind: "run.ended", by: "os", ts_ns: 100, status: "finished" },
  ]);
  const holds = coreTracks(group).map(({ number, holds: list }) => [number, list]);
  assert.deepEqual(holds, [
    [0, [["a", 30, 40], ["b", 40, null]]], // prettier-ignore
    [1, [["a", 10, 20]]],
  ]);
});

test("few shared things are shown by themselves, more when they are asked for", () => {
  const model = new TimelineModel([new Group(new Fold().feed(goldenEvents("threads")))]);
  model.showThings = "auto";
  model.update();
  const few = model.things;
  assert.ok(few > 0);
  assert.equal(model.groups[0].tracks.length > 0, few <= 3);
  model.showThings = "off";
  model.update();
  assert.equal(model.groups[0].tracks.length, 0);
  model.showThings = "on";
  model.showCores = true;
  model.update();
  assert.equal(model.groups[0].tracks.length, few + 1);
  assert.equal(model.stops.length, model.rows.length + few + 1);
});
