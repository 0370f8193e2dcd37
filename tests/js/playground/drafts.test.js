import assert from "node:assert/strict";
import { test } from "node:test";
import { Drafts } from "../../../static/js/playground/drafts.js";

class Kept {
  constructor(text = null) {
    this.text = text;
  }

  getItem() {
    return this.text;
  }

  setItem(_key, text) {
    this.text = text;
  }
}

test("a draft is kept for each program that it was begun from, and outlives the page", () => {
  const storage = new Kept();
  const drafts = new Drafts(storage);
  assert.equal(drafts.read("a"), null);
  drafts.write("a", "print(1)", 1);
  drafts.write("b", "", 2);
  const later = new Drafts(storage);
  assert.equal(later.read("a"), "print(1)");
  assert.equal(later.read("b"), "", "an emptied program is a draft, too");
  later.forget("a");
  assert.equal(drafts.read("a"), null);
  assert.equal(drafts.read("b"), "");
});

test("the oldest drafts make room, one that is written again is new", () => {
  const drafts = new Drafts(new Kept());
  for (let at = 0; at < 20; at += 1) drafts.write(`program ${at}`, "x", at);
  drafts.write("program 0", "y", 20);
  drafts.write("one more", "z", 21);
  assert.equal(drafts.read("program 0"), "y");
  assert.equal(drafts.read("program 1"), null);
  assert.equal(drafts.read("program 2"), "x");
});

test("what cannot be read or written is no error", () => {
  for (const text of ["{", "null", "7", '{"a": 5}', '{"a": {"code": 5}}'])
    assert.equal(new Drafts(new Kept(text)).read("a"), null, text);
  const forbidden = {
    getItem() {
      throw new Error("forbidden");
    },
    setItem() {
      throw new Error("full");
    },
  };
  const drafts = new Drafts(forbidden);
  drafts.write("a", "x", 1);
  drafts.forget("a");
  assert.equal(drafts.read("a"), null);
});
