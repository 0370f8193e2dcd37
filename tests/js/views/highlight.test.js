import assert from "node:assert/strict";
import { test } from "node:test";
import { highlight } from "../../../static/js/views/highlight.js";

const kinds = (source) =>
  highlight(source).map((line) => line.filter((p) => p.kind).map((p) => [p.kind, p.text]));

test("nothing of the program is lost or moved to another line", () => {
  const source =
    'def f(x):\n    """two\n    lines"""\n    return f"{x}" + r\'\\d\'  # 中文\n\nprint(0x1F, "open\n';
  const lines = highlight(source).map((line) => line.map((piece) => piece.text).join(""));
  assert.deepEqual(lines, source.replace(/\n$/, "").split("\n"));
});

test("words get their kinds; a keyword inside of a string or a comment has none", () => {
  assert.deepEqual(kinds("async def visit(): pass  # if"), [
    [
      ["keyword", "async"],
      ["keyword", "def"],
      ["name", "visit"],
      ["keyword", "pass"],
      ["comment", "# if"],
    ],
  ]);
  assert.deepEqual(kinds("print('for', 1.5, b\"#\")"), [
    [
      ["string", "'for'"],
      ["number", "1.5"],
      ["string", 'b"#"'],
    ],
  ]);
});

test("a string over several lines colours each of them", () => {
  assert.deepEqual(kinds("'''a\nb'''\nc"), [[["string", "'''a"]], [["string", "b'''"]], []]);
});
