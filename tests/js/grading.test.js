import assert from "node:assert/strict";
import { test } from "node:test";
import { asAnswer, fits, isRight, winners } from "../../static/js/lib/grading.js";

const question = (type, options = []) => ({
  id: "q",
  ask: "",
  why: "",
  type,
  options,
  in: "main",
  compare: null,
  several: false,
});

test("a number is right as exactly as it was said", () => {
  const right = (given, value) => isRight(question("number"), given, value);
  assert.ok(right("8", 8));
  assert.ok(right(" 1.2 ", 1.23));
  assert.ok(right("1", 1.23));
  assert.ok(!right("1.20", 1.23));
  assert.ok(!right("", 0));
  assert.ok(!right("eight", 8));
});

test("a choice is a value, or a range whose end does not belong to it", () => {
  const options = [
    { value: "..2", text: "less than 2", below: 2 },
    { value: "2..4", text: "2 or 3", at_least: 2, below: 4 },
    { value: "4..", text: "more", at_least: 4 },
  ];
  const chosen = (value) => options.filter((option) => fits(option, value)).map((option) => option.value);
  assert.deepEqual([1.99, 2, 3.99, 4].map(chosen), [["..2"], ["2..4"], ["2..4"], ["4.."]]);
  // A number that the program printed is text.
  assert.deepEqual(chosen("3"), ["2..4"]);
  assert.deepEqual(chosen("three"), []);
  assert.ok(isRight(question("choice", options), "2..4", 2));
  assert.ok(!isRight(question("choice", options), "4..", 2));
  assert.ok(isRight(question("choice", [{ value: "yes", text: "" }]), "yes", true));
  assert.ok(isRight(question("choice", [{ value: "0.3", text: "" }]), "0.3", 0.1 + 0.2));
});

test("names in an order are right however they are parted", () => {
  for (const given of ["A B C", "a, b, c", "A->B->C", "A、B、C", " A  B\tC "])
    assert.ok(isRight(question("text"), given, "A B C"), given);
  assert.ok(!isRight(question("text"), "A C B", "A B C"));
});

test("yes and no are the words of the options", () => {
  assert.equal(asAnswer(true), "yes");
  assert.ok(isRight(question("yesno"), "no", false));
  assert.ok(!isRight(question("yesno"), "no", true));
});

test("of several variants those win that came to the least, or the most", () => {
  const values = new Map(Object.entries({ a: 3, b: 1, c: 1 }));
  assert.deepEqual(winners("least", values), ["b", "c"]);
  assert.deepEqual(winners("most", values), ["a"]);
  assert.deepEqual(winners("most", new Map([...values, ["d", null]])), []);
  assert.deepEqual(winners("most", new Map()), []);
  const printed = new Map([
    ["a", "0.27"],
    ["b", "0.031"],
  ]);
  assert.deepEqual(winners("least", printed), ["b"]);
  assert.deepEqual(winners("least", new Map([...printed, ["c", "none"]])), []);
});
