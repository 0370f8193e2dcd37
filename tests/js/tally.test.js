import assert from "node:assert/strict";
import { test } from "node:test";
import { counted, ranking, tallyKey } from "../../static/js/lib/tally.js";

test("each run counts once, however often its page is loaded", () => {
  let tally;
  for (const [run, outcome] of Object.entries({ r1: "A B", r2: "B A", r3: "A B" })) {
    tally = counted(counted(tally, run, outcome), run, outcome);
  }
  assert.deepEqual(ranking(tally), [
    ["A B", 2],
    ["B A", 1],
  ]);
});

test("an outcome may have any name", () => {
  assert.deepEqual(ranking(counted(undefined, "r", "constructor")), [["constructor", 1]]);
});

test("the runs remembered do not grow for ever", () => {
  let tally;
  for (let n = 0; n < 500; n += 1) tally = counted(tally, `r${n}`, "x");
  assert.deepEqual(tally?.counts, { x: 500 });
  assert.ok(tally.runs.length <= 100);
});

test("what is counted together hangs on the parameters, not on their order", () => {
  assert.equal(tallyKey("q", "main", { A: 1, B: 2 }), tallyKey("q", "main", { B: 2, A: 1 }));
  assert.notEqual(tallyKey("q", "main", { A: 1 }), tallyKey("q", "main", { A: 2 }));
  assert.notEqual(tallyKey("q", "main", {}), tallyKey("q", "late", {}));
});
