import assert from "node:assert/strict";
import { test } from "node:test";

import { Fold } from "../../../static/js/trace/fold.js";
import { variablesAt } from "../../../static/js/views/variables_at.js";
import { goldenEvents } from "../golden.js";

const events = goldenEvents("variables");
const fold = new Fold().feed(events);

/** @param {number} ns */
const shownAt = (ns) =>
  variablesAt(fold, ns).map(({ variable, value }) => `${variable.pid} ${variable.name}=${value}`);

/** @param {number} ns */
const newAt = (ns) =>
  variablesAt(fold, ns)
    .filter(({ isNew }) => isNew)
    .map(({ variable }) => variable.name);

/** @param {(event: any) => boolean} wanted */
const nsOf = (wanted) => events.find(wanted).ts_ns;

test("a variable is what it was last seen to be, in the process that it is of", () => {
  const main = events.find((event) => event.kind === "process.started").pid;
  assert.deepEqual(shownAt(0), []);
  for (const [amount, balance] of [
    ["30", 70],
    ["20", 50],
  ]) {
    const ns = nsOf((event) => event.kind === "output.written" && event.text === amount);
    assert.ok(shownAt(ns).includes(`${main} balance=${balance}`));
  }
  const atEnd = variablesAt(fold, fold.endNs);
  const balances = atEnd.filter(({ variable }) => variable.name === "balance");
  assert.deepEqual(
    balances.map(({ value, isChanged }) => [value, isChanged]),
    [
      ["50", true],
      ["0", true],
    ],
  );
  assert.equal(atEnd.find(({ variable }) => variable.name === "thread")?.value, "");
  // Those of a process stand together, although the parent tells one after the child has told its own.
  const pids = atEnd.map(({ variable }) => variable.pid);
  assert.deepEqual(
    pids,
    [...pids].sort((a, b) => pids.indexOf(a) - pids.indexOf(b)),
  );
});

test("what an event was told with is marked at that event, and no longer at its lane's next", () => {
  const change = events.find((event) => event.kind === "variable.changed" && event.value === "70");
  const own = events.filter((event) => event.tid === change.tid && event.seq > change.seq);
  assert.equal(own[0].kind, "lock.released");
  assert.deepEqual(newAt(change.ts_ns), ["balance"]);
  assert.deepEqual(newAt(own[0].ts_ns), ["balance"]);
  const next = own.find((event) => event.seq > own[0].seq && event.kind !== "variable.changed");
  assert.ok(!newAt(next.ts_ns).includes("balance"));
});
