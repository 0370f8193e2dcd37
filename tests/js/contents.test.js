import assert from "node:assert/strict";
import { test } from "node:test";

import {
  isSetAt,
  itemsAt,
  partiesAt,
  permitsAt,
  unfinishedAt,
  waitersAt,
  workAt,
} from "../../static/js/trace/contents.js";
import { waitGraph } from "../../static/js/trace/wait_graph.js";
import { processesAt } from "../../static/js/views/process_tree.js";
import { layOut } from "../../static/js/views/wait_graph_view.js";
import { goldenEvents, indexOf, indexOfDeeds } from "./golden.js";

const MS = 1e6;

/** Threads 11, 12, 13 of process 1 and what they do: [ms, tid, kind, fields]. */
function program(...deeds) {
  const start = [[0, 1, "process.started", { ppid: 7, method: "main", name: "main" }]];
  for (const obj of ["A", "B"]) start.push([0, 1, "lock.created", { obj, type: "Lock", name: obj }]);
  for (const tid of [11, 12, 13]) {
    start.push([0, 1, "thread.created", { obj: `t${tid}`, name: `t${tid}`, daemon: false }]);
    start.push([0, tid, "thread.started", { obj: `t${tid}`, native: tid }]);
  }
  return indexOfDeeds([...start, ...deeds]);
}

const graphOf = (index, ns) => waitGraph(index, index.fold.lanes.values(), ns);

test("the golden kitchen's tray, bell and till at each instant", () => {
  const index = indexOf(goldenEvents("threads"));
  const tray = (ms) => itemsAt(index, "4240.5", ms * MS).values;
  assert.deepEqual([46.2, 46.3, 46.6, 46.7, 105.8, 105.9].map(tray), [
    [],
    ["'soup'"],
    [],
    ["'pie'"],
    ["'pie'"],
    [],
  ]);
  assert.deepEqual(
    [45.3, 45.4].map((ms) => isSetAt(index, "4240.4", ms * MS)),
    [false, true],
  );
  const waiting = waitersAt(index, 34 * MS).get("4240.4");
  assert.deepEqual(
    waiting.map(({ name }) => name),
    ["cook", "waiter"],
  );
});

test("a queue shows what comes out next, whatever its order, and no more than a few", () => {
  const put = (n) => [1 + n, 11, "queue.put", { obj: "Q", depth: -1, item: `i${n}`, value: `${n}` }];
  const last = [50, 12, "queue.got", { obj: "Q", depth: -1, item: "i19", value: "19" }];
  const index = program(...Array.from({ length: 20 }, (_, n) => put(n)), last);
  assert.deepEqual(itemsAt(index, "Q", 3 * MS), { values: ["0", "1", "2"], more: 0 });
  const { values, more } = itemsAt(index, "Q", 60 * MS);
  assert.deepEqual([values.length + more, values[0], values.length], [19, "0", 12]);
  assert.equal(unfinishedAt(index, "Q", 60 * MS), -1);
});

test("permits are counted also where nobody says how many are left", () => {
  const took = (ms, tid, permits) => [ms, tid, "semaphore.acquired", { obj: "S", permits }];
  const made = [1, 1, "semaphore.created", { obj: "S", permits: 2, type: "Semaphore" }];
  const told = program(made, took(2, 11, 1), took(3, 12, 0));
  const silent = program(made, took(2, 11, -1), took(3, 12, -1), [
    4,
    11,
    "semaphore.released",
    { obj: "S", permits: -1 },
  ]);
  assert.deepEqual(
    [1, 2, 3].map((ms) => permitsAt(told, "S", ms * MS)),
    [2, 1, 0],
  );
  assert.deepEqual(
    [1, 2, 3, 4].map((ms) => permitsAt(silent, "S", ms * MS)),
    [2, 1, 0, 1],
  );
  assert.equal(permitsAt(told, "none", MS), -1);
});

test("barriers know their parties, pools their work", () => {
  const task = (kind, n) => [
    n,
    11,
    `pool.task_${kind}`,
    { obj: "P", task_id: `p${n % 2}`, function: "f", ok: true },
  ];
  const index = program(
    [1, 1, "barrier.created", { obj: "G", parties: 3 }],
    task("submitted", 2),
    task("submitted", 3),
    task("started", 4),
    task("ended", 6),
  );
  assert.equal(partiesAt(index, "G", 2 * MS), 3);
  assert.deepEqual(workAt(index, "P", 5 * MS), { waiting: 1, running: 1, ended: 0 });
  assert.deepEqual(workAt(index, "P", 6 * MS), { waiting: 1, running: 0, ended: 1 });
});

test("of two that wait for each other and a third one for them, the two are the circle", () => {
  const index = program(
    [1, 11, "lock.acquired", { obj: "A", depth: 1 }],
    [1, 12, "lock.acquired", { obj: "B", depth: 1 }],
    [2, 11, "lane.blocked", { reason: "lock", obj: "B" }],
    [3, 13, "lane.blocked", { reason: "lock", obj: "A" }],
    [4, 12, "lane.blocked", { reason: "lock", obj: "A" }],
    [5, 1, "lane.blocked", { reason: "join", obj: "t13" }],
  );
  assert.deepEqual(graphOf(index, 1 * MS), { nodes: [], edges: [], circles: [] });
  const before = graphOf(index, 3 * MS);
  assert.deepEqual(before.circles, []);
  assert.deepEqual(before.nodes.map(({ key, rank }) => [key, rank]).sort(), [
    ["t11", 1],
    ["t12", 0],
    ["t13", 2],
  ]);
  const after = graphOf(index, 5 * MS);
  assert.deepEqual(
    after.circles.map((keys) => [...keys].sort()),
    [["t11", "t12"]],
  );
  assert.deepEqual(
    after.edges.filter(({ inCircle }) => inCircle).map(({ from, to }) => from + to),
    ["t11t12", "t12t11"],
  );
  const { places, width, height } = layOut(after);
  assert.equal(places.size, 4);
  for (const { x, y } of places.values()) assert.ok(x > 0 && x < width && y > 0 && y < height);
  assert.equal(places.get("t11").y, places.get("t12").y);
  assert.ok(places.get("1").y < places.get("t13").y && places.get("t13").y < places.get("t11").y);
});

test("an orphan leaves its parent for who adopted it", () => {
  const index = indexOf(goldenEvents("processes"));
  const { fold } = index;
  const orphan = [...fold.lanes.values()].find((lane) => lane.orphaned.length);
  const rows = [...fold.lanes.values()].map((lane) => ({ lane, label: lane.name, depth: 0 }));
  const [ns, ppid] = orphan.orphaned[0];
  const at = (when) =>
    processesAt({ fold, ns: when, rows, live: false }, index).find(({ lane }) => lane === orphan);
  assert.equal(at(ns).ppid, ppid);
  assert.equal(at(ns).depth, 0);
  assert.equal(at(ns - 1).ppid, fold.lanes.get(orphan.parent).pid);
  assert.ok(at(ns - 1).depth > 0);
  const [first] = processesAt({ fold, ns: fold.endNs, rows, live: false }, index);
  assert.equal(first.ppid, goldenEvents("processes").find(({ kind }) => kind === "process.started").ppid);
});
