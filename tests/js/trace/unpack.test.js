// Blocks of columns become the events that concurrency_lab/export/columns.py was given.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Unpacker } from "../../../static/js/trace/unpack.js";

test("events come in their order, also over the border of two blocks", () => {
  const unpacker = new Unpacker();
  const first = unpacker.take({
    n: 3,
    order: [0, 1, 0],
    ns: [5, 0, 7],
    shapes: [
      ["lock.acquired", "probe", { pid: [7], depth: [1, 2] }],
      ["run.started", "os", {}],
    ],
  });
  assert.deepEqual(first, [
    { seq: 0, ts_ns: 5, kind: "lock.acquired", by: "probe", pid: 7, depth: 1 },
    { seq: 1, ts_ns: 5, kind: "run.started", by: "os" },
    { seq: 2, ts_ns: 12, kind: "lock.acquired", by: "probe", pid: 7, depth: 2 },
  ]);
  const second = unpacker.take({
    n: 1,
    order: [0],
    ns: [1],
    shapes: [["run.ended", "os", { status: ["ok"] }]],
  });
  assert.deepEqual(second, [{ seq: 3, ts_ns: 13, kind: "run.ended", by: "os", status: "ok" }]);
});
