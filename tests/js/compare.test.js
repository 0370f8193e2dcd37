import assert from "node:assert/strict";
import { test } from "node:test";
import { differences } from "../../static/js/lib/compare.js";

const run = (numbers) => ({
  went_well: true,
  duration_ms: 1000,
  cpu_ms: 500,
  lanes: 3,
  processes: 1,
  threads: 2,
  switches: 10,
  printed: "done",
  states_ms: { running: 500 },
  ...numbers,
});
const rowOf = (runs, name) => differences(runs).find((row) => row.name === name || row.state === name);

test("the best of a row is told, unless all are as good within the noise", () => {
  const runs = [run({ duration_ms: 2000 }), run({ duration_ms: 1000 }), run({ duration_ms: 1030 })];
  assert.deepEqual(rowOf(runs, "duration")?.best, [1, 2]);
  assert.deepEqual(rowOf(runs, "cpu")?.best, []);
  assert.deepEqual(rowOf(runs, "lanes")?.best, [], "more lanes are not better");
});

test("what failed, or was not measured, is not the best", () => {
  const crashed = run({ went_well: false, duration_ms: 10 });
  assert.deepEqual(rowOf([crashed, run({ duration_ms: 2000 }), run({})], "duration")?.best, [2]);
  assert.deepEqual(rowOf([crashed, run({})], "duration")?.best, []);
  const unknown = run({ cpu_ms: null, switches: null });
  const known = run({ cpu_ms: 900 });
  assert.deepEqual(rowOf([unknown, known], "cpu")?.values, [null, 900]);
  assert.deepEqual(rowOf([unknown, known], "cpu")?.best, []);
  assert.deepEqual(rowOf([unknown, run({})], "cores")?.values, [null, 0.5]);
});

test("the cores kept busy count only where some run kept more than one busy", () => {
  assert.deepEqual(rowOf([run({ cpu_ms: 20 }), run({ cpu_ms: 60 })], "cores")?.best, []);
  assert.deepEqual(rowOf([run({ cpu_ms: 990 }), run({ cpu_ms: 1900 })], "cores")?.best, [1]);
  assert.deepEqual(rowOf([run({ duration_ms: 0 }), run({})], "cores")?.values, [0, 0.5]);
});

test("a state has a row where the runs differ in it", () => {
  const runs = [
    run({ states_ms: { running: 500, "blocked(lock)": 300, "blocked(sleep)": 0.2, dead: 9 } }),
    run({ states_ms: { running: 505 } }),
  ];
  assert.deepEqual(rowOf(runs, "blocked(lock)")?.values, [300, 0]);
  assert.deepEqual(
    differences(runs).flatMap((row) => row.state || []),
    ["blocked(lock)"],
  );
  assert.deepEqual(differences([]), []);
});
