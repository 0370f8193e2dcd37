import assert from "node:assert/strict";
import { test } from "node:test";

import { endedBy, isWait } from "../../static/js/trace/ended_by.js";
import { linkAt, takersAt, whyChain } from "../../static/js/trace/why.js";
import { goldenEvents, goldenNames, indexOf, indexOfDeeds } from "./golden.js";

const MS = 1e6;

/** A process with threads a and b, and what they do: [ms, "main" | "a" | "b", kind, fields]. */
function program(...deeds) {
  const tids = { main: 1, a: 11, b: 12 };
  const start = [
    [0, "main", "process.started", { ppid: 0, method: "main", name: "main" }],
    [0, "main", "lock.created", { obj: "L", type: "Lock", name: "left" }],
    [0, "main", "lock.created", { obj: "R", type: "Lock", name: "right" }],
    [0, "main", "semaphore.created", { obj: "S", permits: 2, type: "Semaphore", name: "seats" }],
    [0, "main", "barrier.created", { obj: "B", parties: 2, name: "gate" }],
    [0, "main", "queue.created", { obj: "Q", maxsize: 1, type: "Queue", name: "tray" }],
    [0, "main", "condition.created", { obj: "C", lock: "L", name: "news" }],
    [0, "main", "thread.created", { obj: "ta", name: "a", daemon: false }],
    [0, "main", "thread.created", { obj: "tb", name: "b", daemon: false }],
    [1, "a", "thread.started", { obj: "ta", native: 11 }],
    [1, "b", "thread.started", { obj: "tb", native: 12 }],
  ];
  return indexOfDeeds(
    [...start, ...deeds].map(([ms, who, kind, fields]) => [ms, tids[who], kind, { file: "p.py", ...fields }]),
  );
}

const waits = (reason, obj, line, more = {}) => ["lane.blocked", { reason, obj, line, ...more }];
const goesOn = (obj, line, result = true) => ["lane.unblocked", { obj, line, result }];
const brief = (index, chain) =>
  chain && {
    links: chain.links.map((link) => [link.laneKey, link.reason, link.how, ...link.others]),
    end: chain.end.form,
    lane: chain.end.laneKey,
  };
const keyOf = (index, name) => [...index.fold.lanes.values()].find((lane) => lane.name === name).key;

test("the golden kitchen: from the main thread to the one that sleeps, each with its line and since when", () => {
  const index = indexOf(goldenEvents("threads"));
  const [cook, waiter, cashier] = ["cook", "waiter", "cashier"].map((name) => keyOf(index, name));

  assert.deepEqual(brief(index, whyChain(index, "4240", 100 * MS)), {
    links: [["4240", "join", "target", cook]],
    end: "sleeping",
    lane: cook,
  });
  const chain = whyChain(index, waiter, 50 * MS);
  assert.deepEqual(brief(index, chain), {
    links: [[waiter, "lock", "held", cashier]],
    end: "sleeping",
    lane: cashier,
  });
  const [link] = chain.links;
  assert.deepEqual([link.sinceNs, link.line, link.otherNs, link.otherLine], [46.8 * MS, 25, 34.6 * MS, 33]);
  assert.deepEqual([chain.end.line, chain.end.untilNs], [34, 84.9 * MS]);
  // Whoever will notify is known from what came after; at that moment she sleeps.
  assert.deepEqual(brief(index, whyChain(index, waiter, 130 * MS)), {
    links: [[waiter, "condition", "ended", cook]],
    end: "sleeping",
    lane: cook,
  });
  // The lock was given back at 85 ms, and taken at 85.3.
  assert.equal(whyChain(index, waiter, 85.1 * MS).end.form, "free");
  assert.equal(whyChain(index, cashier, 50 * MS), null, "it sleeps: nobody makes it wait");
  assert.equal(whyChain(index, waiter, 10 * MS), null, "it is not there yet");
});

test("the golden kitchen: who ended each wait, where, and how long the lock had been held", () => {
  const index = indexOf(goldenEvents("threads"));
  const said = [...index.fold.lanes.values()].flatMap((lane) =>
    Array.from({ length: lane.startNs.length }, (_, span) => span)
      .filter((span) => isWait(lane, span))
      .map((span) => {
        const { form, laneKey, ns, line, heldNs, text } = endedBy(index, lane, span);
        const who = index.fold.lanes.get(laneKey)?.name ?? "";
        return [lane.name, form, who, ns / MS, line, heldNs && Math.round(heldNs / 1e5) / 10, text]
          .filter((part) => part !== null && part !== "")
          .join(" ");
      }),
  );
  assert.deepEqual(said, [
    "MainProcess time 45.2 0",
    "MainProcess join cook 158.4 16",
    "MainProcess join waiter 159.2 28",
    "cook event MainProcess 45.4 41",
    "cook unknown 47.05 0",
    "cook time 149.9 0",
    "waiter event MainProcess 45.4 41",
    "waiter queue_get cook 46.3 14 'soup'",
    "waiter lock cashier 85 33 50.4",
    "waiter time 105.6 0",
    "waiter time 126.3 0",
    "waiter condition cook 150.2 17",
    "waiter lock cook 158 16 7.9",
    "cashier time 84.9 0",
  ]);
});

for (const name of goldenNames()) {
  test(`${name}: every chain ends, goes from one to the next, and names only lanes that there are`, () => {
    const index = indexOf(goldenEvents(name));
    const { fold } = index;
    for (const lane of fold.lanes.values()) {
      for (let span = 0; span < lane.startNs.length; span += 1) {
        const ns = lane.startNs.data[span];
        const chain = whyChain(index, lane.key, ns);
        assert.equal(chain === null, linkAt(index, lane, ns) === null);
        if (isWait(lane, span)) assert.ok(endedBy(index, lane, span).form);
        if (!chain) continue;
        assert.equal(chain.links[0].laneKey, lane.key);
        chain.links.slice(1).forEach((link, i) => assert.equal(link.laneKey, chain.links[i].others[0]));
        assert.equal(new Set(chain.links.map(({ laneKey }) => laneKey)).size, chain.links.length);
        if (chain.end.form === "circle") assert.ok(chain.links.every(({ how }) => how !== "ended"));
        for (const { others } of chain.links) for (const key of others) assert.ok(fold.lanes.has(key));
      }
    }
  });
}

/** a has left and wants right, b has right and wants left. */
const CROSSED = [
  [2, "a", "lock.acquired", { obj: "L", depth: 1, line: 5 }],
  [3, "b", "lock.acquired", { obj: "R", depth: 1, line: 9 }],
  [4, "a", ...waits("lock", "R", 6)],
  [5, "b", ...waits("lock", "L", 10)],
  [6, "main", ...waits("join", "ta", 20)],
];

test("a circle is said as one, from wherever one begins", () => {
  const index = program(...CROSSED);
  assert.deepEqual(brief(index, whyChain(index, "ta", 7 * MS)), {
    links: [
      ["ta", "lock", "held", "tb"],
      ["tb", "lock", "held", "ta"],
    ],
    end: "circle",
    lane: "",
  });
  const fromOutside = whyChain(index, "1", 7 * MS);
  assert.deepEqual([fromOutside.links.length, fromOutside.end.form, fromOutside.end.first], [3, "circle", 1]);
  assert.equal(fromOutside.links[1].otherLine, 9);
  // A moment earlier b still runs.
  assert.deepEqual(brief(index, whyChain(index, "ta", 4.5 * MS)), {
    links: [["ta", "lock", "held", "tb"]],
    end: "running",
    lane: "tb",
  });
});

test("a circle that a time-out broke is no circle for ever", () => {
  const index = program(...CROSSED, [9, "b", ...goesOn("L", 10, false)]);
  const { end } = whyChain(index, "1", 7 * MS);
  assert.deepEqual([end.form, end.laneKey, end.untilNs], ["circle_broken", "tb", 9 * MS]);
  const [span] = [index.fold.lanes.get("tb").startNs.length - 2];
  assert.equal(endedBy(index, index.fold.lanes.get("tb"), span).form, "timeout");
});

test("two who wait for each other's next word are no circle for ever: each wait ended", () => {
  const index = indexOf(goldenEvents("pipes"));
  const forms = [...index.fold.lanes.values()].flatMap((lane) =>
    Array.from({ length: lane.startNs.length }, (_, span) =>
      whyChain(index, lane.key, lane.startNs.data[span]),
    ),
  );
  const ends = forms.flatMap((chain) => chain?.end.form ?? []);
  assert.ok(ends.includes("circle_over"));
  assert.ok(!ends.includes("circle"));
});

test("a lock that its holder wants again, and one whose holder has ended", () => {
  const self = program(
    [2, "a", "lock.acquired", { obj: "L", depth: 1, line: 5 }],
    [3, "a", ...waits("lock", "L", 6)],
  );
  assert.deepEqual(brief(self, whyChain(self, "ta", 4 * MS)), {
    links: [["ta", "lock", "self", "ta"]],
    end: "self",
    lane: "ta",
  });
  const dead = program(
    [2, "a", "lock.acquired", { obj: "L", depth: 1, line: 5 }],
    [3, "a", "thread.ended", { obj: "ta" }],
    [4, "b", ...waits("lock", "L", 6)],
  );
  assert.deepEqual(brief(dead, whyChain(dead, "tb", 5 * MS)), {
    links: [["tb", "lock", "held", "ta"]],
    end: "dead",
    lane: "ta",
  });
});

test("of a semaphore all who have its permits are named, and one alone is followed", () => {
  const one = [[2, "a", "semaphore.acquired", { obj: "S", permits: 1, line: 3 }]];
  const both = [...one, [2, "main", "semaphore.acquired", { obj: "S", permits: 0, line: 4 }]];
  const waiting = [3, "b", ...waits("semaphore", "S", 7)];
  const given = [4, "a", "semaphore.released", { obj: "S", permits: 1, line: 8 }];
  const index = program(...both, waiting, given, [5, "b", ...goesOn("S", 7)]);
  assert.deepEqual(takersAt(index, "S", 3 * MS), ["ta", "1"]);
  assert.deepEqual(takersAt(index, "S", 4 * MS), ["1"]);
  assert.deepEqual(brief(index, whyChain(index, "tb", 3.5 * MS)), {
    links: [["tb", "semaphore", "permits", "ta", "1"]],
    end: "several",
    lane: "",
  });
  assert.equal(whyChain(index, "tb", 4.5 * MS).end.form, "running");
  const cause = endedBy(index, index.fold.lanes.get("tb"), 2);
  assert.deepEqual([cause.form, cause.laneKey, cause.line], ["semaphore", "ta", 8]);
  // Given back by one who never took it: it is a signal.
  const signal = program(...both, [4, "b", "semaphore.released", { obj: "S", permits: 1 }]);
  assert.deepEqual(takersAt(signal, "S", 4 * MS), ["1"]);
});

test("a barrier is opened by the last to come, a full queue by who takes, an unfinished one by the last task_done", () => {
  const gate = program(
    [2, "a", ...waits("barrier", "B", 3)],
    [5, "b", "barrier.passed", { obj: "B", index: 1, line: 4 }],
    [6, "a", ...goesOn("B", 3)],
    [6, "a", "barrier.passed", { obj: "B", index: 0, line: 3 }],
  );
  const opened = endedBy(gate, gate.fold.lanes.get("ta"), 2);
  assert.deepEqual([opened.form, opened.laneKey, opened.line], ["barrier", "tb", 4]);

  const tray = program(
    [2, "a", ...waits("queue_put", "Q", 3)],
    [3, "b", "queue.got", { obj: "Q", depth: 0, item: "i", value: "'x'", line: 8 }],
    [4, "b", "queue.task_done", { obj: "Q", unfinished: 1, line: 9 }],
    [5, "a", ...goesOn("Q", 3)],
    [5, "a", ...waits("join", "Q", 4)],
    [6, "b", "queue.task_done", { obj: "Q", unfinished: 0, line: 9 }],
    [7, "a", ...goesOn("Q", 4)],
  );
  const lane = tray.fold.lanes.get("ta");
  const [room, done] = [2, 4].map((span) => endedBy(tray, lane, span));
  assert.deepEqual([room.form, room.laneKey, room.text], ["queue_put", "tb", "'x'"]);
  assert.deepEqual([done.form, done.laneKey, done.ns], ["queue_join", "tb", 6 * MS]);
});

test("where nobody ever gave the sign that is said, and so is what comes from outside", () => {
  const index = program([2, "a", ...waits("queue_get", "Q", 3)], [3, "b", ...waits("input", "", 4)]);
  assert.equal(whyChain(index, "ta", 5 * MS).end.form, "nobody");
  assert.equal(whyChain(index, "tb", 5 * MS).end.form, "outside");
  assert.equal(endedBy(index, index.fold.lanes.get("ta"), 2).form, "still");
});
