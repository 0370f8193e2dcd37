import assert from "node:assert/strict";
import { test } from "node:test";
import { Sequence } from "../../../static/js/net/sequence.js";

const batch = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => ({ seq: from + i }));
const numbers = (events) => events.map((event) => event.seq);

test("what was sent twice is taken once, also when a batch only partly overlaps", () => {
  const sequence = new Sequence();
  assert.deepEqual(numbers(sequence.take(batch(0, 4)).fresh), [0, 1, 2, 3, 4]);
  assert.deepEqual(sequence.take(batch(3, 6)), { fresh: batch(5, 6), gap: false });
  assert.deepEqual(sequence.take(batch(0, 6)), { fresh: [], gap: false });
  assert.equal(sequence.last, 6);
});

test("a gap takes nothing after it, and the repeat from `last` closes it", () => {
  const sequence = new Sequence();
  sequence.take(batch(0, 2));
  assert.deepEqual(sequence.take([{ seq: 3 }, { seq: 5 }, { seq: 6 }]), { fresh: [{ seq: 3 }], gap: true });
  assert.equal(sequence.last, 3);
  assert.deepEqual(numbers(sequence.take(batch(4, 6)).fresh), [4, 5, 6]);
});
