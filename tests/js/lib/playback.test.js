import assert from "node:assert/strict";
import { test } from "node:test";
import { advance, SKIMMED_MS } from "../../../static/js/lib/playback.js";

const run = { ns: 0, elapsedMs: 16, speed: 1, fromNs: 0, toNs: 1e9, loops: false };

test("the cursor moves in proportion to the time that went by", () => {
  assert.deepEqual(advance(run), { ns: 16e6, ended: false });
  assert.equal(advance({ ...run, speed: 0.05, ns: 5e6 }).ns, 5e6 + 0.8e6);
  assert.equal(advance({ ...run, speed: 10 }).ns, 160e6);
});

test("it stops at the end, and a range begins again with what was left over", () => {
  assert.deepEqual(advance({ ...run, ns: 990e6 }), { ns: 1e9, ended: true });
  const range = { ...run, fromNs: 400e6, toNs: 500e6, loops: true };
  assert.deepEqual(advance({ ...range, ns: 490e6 }), { ns: 406e6, ended: false });
  assert.deepEqual(advance({ ...range, ns: 100e6 }), { ns: 416e6, ended: false });
  assert.deepEqual(advance({ ...range, ns: 490e6, elapsedMs: 510 }), { ns: 400e6, ended: false });
});

test("a silence that is to be skimmed takes half a second, and what comes after it is not skipped", () => {
  const silence = { fromNs: 0, toNs: 600e9 };
  const long = { ...run, toNs: 700e9, silence };
  assert.equal(advance({ ...long, elapsedMs: SKIMMED_MS / 2 }).ns, 300e9);
  assert.equal(advance({ ...long, ns: 599.99e9 }).ns, 600e9);
  // A short one is not stretched, and one that is over plays no part.
  assert.equal(advance({ ...run, silence: { fromNs: 0, toNs: 100e6 } }).ns, 16e6);
  assert.equal(advance({ ...run, ns: 5e6, silence: { fromNs: 0, toNs: 4e6 } }).ns, 21e6);
});
