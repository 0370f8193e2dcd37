import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOf, rangeOf } from "../../../static/js/playground/mistake.js";

const at = (line, column, end_line = line, end_column = column) => ({ line, column, end_line, end_column });
const marked = (text, mistake) => {
  const { from, to } = rangeOf(text, mistake);
  return text.slice(from, to);
};

test("what Python points at is marked", () => {
  assert.equal(marked("x = 1\nprint(a b)\n", at(2, 7, 2, 10)), "a b");
  assert.equal(marked("print((1", at(1, 7)), "(", "without an end it is one character");
  assert.equal(marked("a = [\n1\n2]\n", at(2, 1, 3, 2)), "1\n2");
});

test("columns are characters, not their halves", () => {
  assert.equal(marked("'😀😀' ，1", at(1, 6)), "，");
  assert.equal(marked("😀", at(1, 1)), "😀");
});

test("behind the end of a line its last character is marked", () => {
  assert.equal(marked("for x in y\n    pass", at(1, 11)), "y");
  assert.equal(marked("class A:\n", at(1, 9)), ":");
  assert.equal(placeOf("for x in y\n    pass", at(1, 11)), 10, "and one goes on typing behind it");
});

test("a place that is not in the text is the nearest one that is", () => {
  assert.deepEqual(rangeOf("", at(1, 1)), { from: 0, to: 0 });
  assert.equal(marked("if x:", at(9, 1)), ":");
  assert.equal(marked("ab", at(1, 99)), "b");
  assert.deepEqual(rangeOf("a\n\nb", at(2, 1)), { from: 2, to: 2 });
  assert.equal(marked("ab", at(1, 2, 1, 1)), "b", "an end before the beginning");
});
