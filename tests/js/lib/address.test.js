import assert from "node:assert/strict";
import { test } from "node:test";
import { formatView, parseView, runIdIn, wholeView } from "../../../static/js/lib/address.js";

const VIEW = {
  runs: ["aB3", "x_-9"],
  front: 1,
  overlaid: true,
  cursorNs: 1_234_500_001,
  span: { fromNs: 500_000_000, toNs: 2_000_000_000 },
  selection: { key: "1:100/101", ns: 7 },
  range: { fromNs: 0, toNs: 1 },
};

test("a view comes back from its address to the nanosecond", () => {
  assert.equal(
    formatView(VIEW),
    "run=aB3,x_-9&front=1&overlay=1&t=1.234500001&view=0.5-2&sel=1:100/101@0.000000007&range=0-0.000000001",
  );
  assert.deepEqual(parseView(`#${formatView(VIEW)}`), VIEW);
  assert.deepEqual(parseView(formatView(wholeView())), wholeView());
});

test("what is in sight may begin before the run", () => {
  const span = { fromNs: -50_000_000, toNs: 1_000_000_000 };
  const address = formatView({ ...wholeView(), span });
  assert.equal(address, "view=-0.05-1");
  assert.deepEqual(parseView(address).span, span);
});

test("what is damaged is not there; the rest holds", () => {
  const damaged = {
    "t=1.5.2": { cursorNs: null },
    "t=-1": { cursorNs: null },
    "t=1e9": { cursorNs: null },
    "t=NaN": { cursorNs: null },
    "view=2-1": { span: null },
    "view=2": { span: null },
    "view=": { span: null },
    "sel=<img>@1": { selection: null },
    "sel=100/101": { selection: null },
    "front=7": { front: null },
    "front=-1": { front: null },
    "front=": { front: null },
    "range=0.5-": { range: null },
  };
  for (const [part, expected] of Object.entries(damaged)) {
    const name = part.split("=")[0];
    const others = formatView(VIEW).split("&").filter((one) => !one.startsWith(`${name}=`)); // prettier-ignore
    assert.deepEqual(parseView(`#${[part, ...others].join("&")}`), { ...VIEW, ...expected }, part);
  }
});

test("runs that cannot be are left out, and with them what only several can have", () => {
  const { runs, overlaid, front } = parseView("#run=ok,<x>,,ok&overlay=1&front=1");
  assert.deepEqual({ runs, overlaid, front }, { runs: ["ok"], overlaid: false, front: null });
});

test("no address is a view, and neither is nonsense", () => {
  for (const hash of ["", "#", "#prose", "#&&=&=1", "#run", "#%E0%A4%A"])
    assert.deepEqual(parseView(hash), wholeView());
});

test("the run that a pasted text names", () => {
  const texts = {
    aB3: "aB3",
    " http://127.0.0.1:5000/runs/aB3?lang=zh ": "aB3",
    "http://x/lessons/fork-twice#run=aB3,cD4&t=1": "aB3",
    "http://x/runs/one#t=1&run=two": "two",
    "http://x/lessons/fork-twice": "",
    "two words": "",
    "": "",
  };
  for (const [text, id] of Object.entries(texts)) assert.equal(runIdIn(text), id, text);
});
