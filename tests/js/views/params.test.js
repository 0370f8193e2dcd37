import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../../../static/js/views/params.js";

const whole = { name: "N", type: "int", default: 3, min: 1, max: 10 };
const real = { name: "S", type: "float", default: 0.5, min: 0, max: null };

test("a value within the bounds is taken, the bounds themselves too", () => {
  assert.deepEqual(parse(whole, "1"), { value: 1 });
  assert.deepEqual(parse(whole, " 10 "), { value: 10 });
  assert.deepEqual(parse(real, "1e3"), { value: 1000 });
});

test("each kind of wrong value has its own sentence", () => {
  assert.deepEqual(parse(whole, ""), { wrong: "params.wrong_number" });
  assert.deepEqual(parse(whole, "three"), { wrong: "params.wrong_number" });
  assert.deepEqual(parse(whole, "2.5"), { wrong: "params.wrong_int" });
  assert.deepEqual(parse(whole, "11"), { wrong: "params.wrong_range" });
  assert.deepEqual(parse(real, "-0.1"), { wrong: "params.wrong_range" });
});
