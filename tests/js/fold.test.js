import assert from "node:assert/strict";
import { test } from "node:test";

import { Fold } from "../../static/js/trace/fold.js";
import { goldenEvents, goldenNames, goldenResult } from "./golden.js";

const plain = (/** @type {Fold} */ fold) => JSON.parse(JSON.stringify(fold.toDict()));

for (const name of goldenNames()) {
  test(`${name}: JavaScript folds as Python does`, () => {
    const fold = new Fold().feed(goldenEvents(name));

    assert.deepEqual(plain(fold), goldenResult(name));
    assert.equal(fold.illegal, 0);
  });
}

test("a fold fed in batches is the same as one fed at once", () => {
  const events = goldenEvents("threads");
  const fold = new Fold();
  for (let at = 0; at < events.length; at += 7) fold.feed(events.slice(at, at + 7));

  assert.deepEqual(plain(fold), goldenResult("threads"));
});

test("an item sent between processes is paired with its get after thousands of others", () => {
  const at = (/** @type {object} */ event) => ({
    ts_ns: 1,
    by: "probe",
    pid: 1,
    obj: "1.1",
    depth: -1,
    ...event,
  });
  const fold = new Fold();
  for (let n = 0; n < 5000; n += 1) {
    fold.feed([
      at({ kind: "queue.put", item: `i${n}`, ts_ns: n }),
      at({ kind: "queue.sent", item: `i${n}` }),
    ]);
    if (n >= 10) fold.feed([at({ kind: "queue.got", pid: 2, ts_ns: n })]);
  }

  assert.equal(fold.flows.length, 4990);
  assert.deepEqual(fold.flows.at(-1), ["put_got", "1", 4989, "2", 4999, "1.1"]);
});

test("every event's instant and lane are found again by its seq", () => {
  const events = goldenEvents("mp-queue");
  const fold = new Fold().feed(events);
  events.forEach((event, seq) => {
    assert.equal(event.seq, seq);
    const place = fold.placeOf(seq);
    assert.equal(place?.ns, event.ts_ns);
    const lane = fold.lanes.get(place.laneKey ?? "");
    if (event.pid === undefined) assert.equal(place.laneKey, null);
    else if (lane) assert.equal(lane.pid, event.pid);
  });
  assert.equal(fold.placeOf(events.length), null);
  assert.equal(fold.placeOf(-1), null);
});
