import assert from "node:assert/strict";
import { test } from "node:test";
import { plain } from "../../../static/js/lib/plain.js";

test("what would act on the text around it is written out", () => {
  assert.equal(plain("\x1b[31mred\x1b[0m \x00 \x7f"), "\\x1b[31mred\\x1b[0m \\x00 \\x7f");
  assert.equal(plain("evil\u202etxt.exe"), "evil\\u202etxt.exe");
  assert.equal(plain("\u2028\u2066\x85"), "\\u2028\\u2066\\x85");
});

test("half of a character is written out, a whole one is not", () => {
  assert.equal(plain("\ud83d \ude00 \ud83d\ude00"), "\\ud83d \\ude00 😀");
});

test("text of any language, tabs and lines stay as they are", () => {
  const text = "名字\tשם\n اسم é\u0301 👩‍👩‍👧";
  assert.equal(plain(text), text);
});
