import assert from "node:assert/strict";
import { test } from "node:test";

import { fits } from "../../../static/js/lib/grading.js";

test("a range takes numbers, and what the program printed as one", () => {
  const option = { value: "2..3", text: "", at_least: 2, below: 3 };
  for (const right of [2, "2.5"]) assert.ok(fits(option, right), String(right));
  for (const wrong of [1.99, 3, "1.0", "two", "", true, null]) assert.ok(!fits(option, wrong), String(wrong));
});
