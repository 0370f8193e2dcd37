// What a screen reader hears, with a clock that the test plays.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Fold } from "../../../static/js/trace/fold.js";
import { Announcer } from "../../../static/js/views/announcer.js";
import { Words } from "../../../static/js/views/words.js";

const strings = JSON.parse(readFileSync(new URL("../../../static/i18n/en.json", import.meta.url), "utf8"));
const words = new Words("en", strings);
const process = { kind: "process.started", by: "probe", ts_ns: 1, pid: 7, ppid: 1, method: "main" };
const thread = (tid, ns) => ({ kind: "thread.started", by: "probe", ts_ns: ns, pid: 7, tid });
const step = { form: "step_lock", lane: "A", line: 3, resource: "x", other: "B" };
const deadlock = {
  kind: "finding.made",
  by: "inferred",
  ts_ns: 60,
  code: "deadlock",
  lanes: ["7"],
  text: "as the trace says it",
  args: { form: "deadlock", steps: [step] },
};

/** An announcer, and all that it has said with when it said it. */
function listening() {
  const said = [];
  let nowMs = 0;
  const host = {
    text: "",
    get textContent() {
      return this.text;
    },
    set textContent(text) {
      this.text = text;
      said.push([nowMs, text]);
    },
  };
  const announcer = new Announcer(/** @type {any} */ (host), words);
  const at = (ms, fold, facts = { phase: "running", problem: "" }, sentence = "") => {
    nowMs = ms;
    announcer.update(fold, ms, facts, sentence);
  };
  return { said, at };
}

test("at most one summary in two seconds, however much happens", () => {
  const { said, at } = listening();
  const fold = new Fold().feed([process]);
  for (let ms = 0; ms <= 10_000; ms += 100) {
    fold.feed([thread(100 + ms, 10 + ms)]);
    at(ms, fold);
  }
  assert.deepEqual(
    said.map(([ms]) => ms),
    [0, 2000, 4000, 6000, 8000, 10_000],
  );
  assert.match(said[1][1], /^22 lanes: /);
});

test("a deadlock is said at once, and once", () => {
  const { said, at } = listening();
  const fold = new Fold().feed([process]);
  at(0, fold);
  at(100, fold.feed([deadlock]));
  at(200, fold);
  assert.deepEqual(
    said.map(([ms]) => ms),
    [0, 100],
  );
  assert.match(said[1][1], /Deadlock/i);
});

test("start, end and problems are said at once; the ticking clock of the run bar never", () => {
  const { said, at } = listening();
  const fold = new Fold();
  at(0, fold, { phase: "idle", problem: "" }, "Press Run.");
  at(100, fold, { phase: "starting", problem: "" }, "Starting.");
  fold.feed([process]);
  at(200, fold, { phase: "running", problem: "" }, "Running for 0.1 s");
  at(300, fold, { phase: "running", problem: "" }, "Running for 0.2 s");
  at(400, fold, { phase: "ended", problem: "" }, "Finished after 0.3 s.");
  at(9000, fold, { phase: "ended", problem: "" }, "Finished after 0.3 s.");
  at(9100, fold, { phase: "ended", problem: "The server does not answer." }, "The server does not answer.");
  assert.deepEqual(said, [
    [100, "Starting."],
    [400, "Finished after 0.3 s."],
    [9100, "The server does not answer."],
  ]);
});
