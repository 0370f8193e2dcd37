import assert from "node:assert/strict";
import { test } from "node:test";
import { Fold } from "../../../static/js/trace/fold.js";
import { depthAt, holderAt, labelOf, lineAt, stateAt } from "../../../static/js/views/moment.js";
import { NEW, RUNNING } from "../../../static/js/trace/constants.js";

/** A lane that takes a lock at 20 ns, puts an item at 30 and gives the lock back at 40. */
function foldOf() {
  const me = { pid: 5, tid: 5, by: "probe", file: "p.py" };
  const events = [
    { ts_ns: 10, kind: "process.started", ...me, ppid: 1, method: "main", name: "main" },
    { ts_ns: 11, kind: "lock.created", ...me, obj: "l", type: "Lock", name: "till" },
    { ts_ns: 12, kind: "queue.created", ...me, obj: "q", type: "Queue", maxsize: 0 },
    { ts_ns: 20, kind: "lock.acquired", ...me, obj: "l", depth: 1, line: 3 },
    { ts_ns: 30, kind: "queue.put", ...me, obj: "q", depth: 1, line: 4 },
    { ts_ns: 40, kind: "lock.released", ...me, obj: "l", depth: 0, line: 5 },
  ];
  return new Fold().feed(events.map((event, seq) => ({ seq, ...event })));
}

test("a lane's state and line are those of the instant asked for", () => {
  const fold = foldOf();
  const lane = fold.lanes.get("5");
  assert.equal(stateAt(lane, 9), NEW);
  assert.equal(stateAt(lane, 10), RUNNING);
  assert.equal(lineAt(fold, lane, 19), null);
  assert.deepEqual(lineAt(fold, lane, 20), { file: "p.py", line: 3 });
  assert.deepEqual(lineAt(fold, lane, 39), { file: "p.py", line: 4 });
});

test("a lock has a holder from its acquiring to its release, a queue a depth from its first item", () => {
  const fold = foldOf();
  const lock = fold.resources.get("l");
  assert.deepEqual(
    [19, 20, 39, 40].map((ns) => holderAt(lock, ns)),
    ["", "5", "5", ""],
  );
  const queue = fold.resources.get("q");
  assert.deepEqual(
    [29, 30].map((ns) => depthAt(queue, ns)),
    [-1, 1],
  );
});

test("a lane is called what the timeline calls it; one that is not shown keeps its own name", () => {
  const fold = foldOf();
  const moment = {
    fold,
    ns: 50,
    live: true,
    rows: [{ lane: fold.lanes.get("5"), label: "MainThread", depth: 0 }],
  };
  assert.equal(labelOf(moment, "5"), "MainThread");
  assert.equal(labelOf({ ...moment, rows: [] }, "5"), "main");
  assert.equal(labelOf(moment, "99"), "99");
});
