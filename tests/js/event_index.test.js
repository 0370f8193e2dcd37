import assert from "node:assert/strict";
import { test } from "node:test";

import { Fold } from "../../static/js/trace/fold.js";
import { EventIndex } from "../../static/js/trace/event_index.js";
import { goldenEvents, goldenNames } from "./golden.js";

/** @param {object[]} events @param {number} [batch] */
export function indexOf(events, batch = events.length) {
  const fold = new Fold();
  const index = new EventIndex(fold);
  for (let at = 0; at < events.length; at += batch) {
    fold.feed(events.slice(at, at + batch));
    index.feed(events.slice(at, at + batch));
  }
  return index;
}

for (const name of goldenNames()) {
  test(`${name}: every event is found again as it was`, () => {
    const events = goldenEvents(name);
    const index = indexOf(events, 5);
    assert.equal(index.length, events.length);
    events.forEach((event, i) => {
      const told = index.tell(i);
      assert.equal(told.ns, event.ts_ns);
      assert.equal(told.obj, event.obj ?? "");
      assert.equal(told.line, event.line ?? 0);
      assert.equal(told.kind, event.kind === "future.invented" ? "" : event.kind);
      if (event.kind === "output.written") assert.equal(index.fold.output[told.number][3], event.text);
    });
  });
}

test("steps go on and back over the same events: all, one lane's, one resource's", () => {
  const events = goldenEvents("threads");
  const index = indexOf(events);
  const lane = [...index.fold.lanes.values()].find(({ name }) => name === "waiter").key;
  const till = "4240.1";
  for (const wanted of [{}, { laneKey: lane }, { obj: till }, { laneKey: lane, obj: till }]) {
    const walk = (from, direction) => {
      const met = [];
      for (
        let i = index.seek(from, direction, wanted);
        i >= 0;
        i = index.seek(i + direction, direction, wanted)
      )
        met.push(i);
      return met;
    };
    const forth = walk(0, 1);
    assert.deepEqual(walk(events.length - 1, -1), [...forth].reverse());
    const expected = events.flatMap((event, i) => {
      const mine = wanted.laneKey === undefined || index.laneOf(i)?.key === wanted.laneKey;
      const about = wanted.obj === undefined || event.obj === wanted.obj;
      return mine && about && !/_cpu$|measured$|^source/.test(event.kind) ? [i] : [];
    });
    assert.ok(expected.length > 3);
    assert.deepEqual(forth, expected);
  }
  assert.equal(index.seek(0, 1, { obj: "no such" }), -1);
  assert.equal(index.seek(events.length, 1, {}), -1);
});

test("a library's own lanes are stepped over unless they are shown", () => {
  const index = indexOf(goldenEvents("mp-queue"));
  const internal = (wanted) => {
    let count = 0;
    for (let i = index.seek(0, 1, wanted); i >= 0; i = index.seek(i + 1, 1, wanted)) {
      count += Number(index.laneOf(i)?.internal ?? false);
    }
    return count;
  };
  assert.equal(internal({}), 0);
  assert.ok(internal({ internal: true }) > 0);
});

test("every get is paired with the put of its item, also between processes and out of order", () => {
  const at = (event) => ({ by: "probe", pid: 1, tid: 1, obj: "q", depth: -1, ts_ns: 1, ...event });
  const index = indexOf([
    at({ kind: "queue.created", maxsize: 0, type: "multiprocessing.Queue" }),
    at({ kind: "queue.put", item: "a", value: "'soup'" }),
    at({ kind: "queue.put", item: "b", value: "'pie'" }),
    at({ kind: "queue.got", pid: 2, tid: 2 }),
    at({ kind: "queue.sent", item: "a" }),
    at({ kind: "queue.sent", item: "b" }),
    at({ kind: "queue.got", pid: 3, tid: 3 }),
  ]);
  assert.deepEqual([index.pair.data[3], index.pair.data[6]], [2, 3]);
  const plain = indexOf(goldenEvents("threads"));
  const got = plain.newestOf("4240.5", ["queue.got"], Infinity);
  assert.equal(plain.tell(plain.pair.data[got.i] - 1).text, "'pie'");
});

test("the newest and the first event of a resource lie within the times asked for", () => {
  const index = indexOf(goldenEvents("threads"));
  const at = (told) => told && told.ns / 1e6;
  assert.equal(at(index.newestOf("4240.1", ["lock.released"], 90e6)), 85);
  assert.equal(at(index.newestOf("4240.1", ["lock.released"], 84.9e6)), null);
  assert.equal(at(index.newestOf("4240.1", ["lock.released"], 106e6, 85e6)), 105.8);
  assert.equal(index.newestOf("4240.1", ["lock.released"], 106e6, 105.8e6), null);
  assert.equal(at(index.firstOf("4240.1", ["lock.released"], 85.05e6, 200e6)), 105.8);
  assert.equal(index.firstOf("4240.1", ["lock.released"], 85.05e6, 105e6), null);
  assert.equal(index.newestOf("none", ["lock.released"], 1e9), null);
});
