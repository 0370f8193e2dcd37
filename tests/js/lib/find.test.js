import assert from "node:assert/strict";
import { test } from "node:test";

import { matches } from "../../../static/js/lib/find.js";

test("all words must occur, in any order and case", () => {
  assert.ok(matches("LOCK with", "Balance with a threading.Lock"));
  assert.ok(!matches("lock queue", "Balance with a threading.Lock"));
});

test("nothing typed finds everything", () => {
  assert.ok(matches("  ", "anything"));
});

test("Chinese needs no spaces", () => {
  assert.ok(matches("条件变量", "买家与卖家：条件变量"));
});
