import assert from "node:assert/strict";
import { test } from "node:test";
import { Predictions } from "../../../static/js/views/predictions.js";

const about = (id, more = {}) => ({
  id,
  ask: "",
  why: "",
  type: "number",
  options: [],
  in: "main",
  compare: null,
  several: false,
  ...more,
});
const QUESTIONS = [about("lines"), about("late", { in: "late", type: "yesno" })];
const COMPARISON = about("quickest", { type: "variant", compare: "least", in: "a" });

const outcomes = (caseId, answers) => ({ case: caseId, answers, moments: {}, numbers: {} });
const verdicts = (predictions) => predictions.questions.map((question) => predictions.verdict(question));

test("what was predicted is settled by the run it is about; the rest may be answered later", () => {
  const predictions = new Predictions(QUESTIONS, ["main"], { lines: "8", gone: "x" });
  assert.deepEqual(verdicts(predictions), ["open", "open"]);
  assert.deepEqual(
    [...predictions.given.keys()],
    ["lines"],
    "an answer to a question that is no more is dropped",
  );
  predictions.learn(outcomes("main", { lines: { value: 8, seqs: [3, 5] } }));
  assert.deepEqual(verdicts(predictions), ["right", "elsewhere"]);
  assert.deepEqual(predictions.proofs(QUESTIONS[0]), [
    { caseId: "main", seq: 3 },
    { caseId: "main", seq: 5 },
  ]);
  assert.ok(!predictions.isComplete);
  predictions.learn(outcomes("late", { late: { value: false, seqs: [] } }));
  assert.deepEqual(verdicts(predictions), ["right", "late"]);
  predictions.give("late", "yes");
  assert.equal(predictions.verdict(QUESTIONS[1]), "late", "choosing is not yet answering");
  predictions.settle("late");
  assert.deepEqual(verdicts(predictions), ["right", "wrong"]);
  assert.deepEqual(predictions.score, { right: 1, of: 2 });
  assert.ok(predictions.isComplete);
});

test("whoever only wants to see is shown, and a run that came not so far says so", () => {
  const predictions = new Predictions(QUESTIONS, ["main"], {});
  predictions.learn(outcomes("main", { lines: { value: 8, seqs: [] } }));
  predictions.settle("lines");
  assert.equal(predictions.verdict(QUESTIONS[0]), "shown");
  assert.deepEqual(predictions.score, { right: 0, of: 0 }, "nothing was predicted");
  predictions.learn(outcomes("late", { late: { value: null, seqs: [] } }));
  predictions.settle("late");
  assert.equal(predictions.verdict(QUESTIONS[1]), "unknown");
});

test("the next run grades the same prediction anew", () => {
  const predictions = new Predictions(QUESTIONS, ["main"], { lines: "8" });
  predictions.learn(outcomes("main", { lines: { value: 7, seqs: [] } }));
  assert.equal(predictions.verdict(QUESTIONS[0]), "wrong");
  predictions.begin(["main"]);
  assert.equal(predictions.verdict(QUESTIONS[0]), "open");
  predictions.learn(outcomes("main", { lines: { value: 8, seqs: [] } }));
  assert.equal(predictions.verdict(QUESTIONS[0]), "right");
  predictions.reopen("lines");
  assert.equal(predictions.verdict(QUESTIONS[0]), "late");
});

test("a comparison waits for all variants, and its proofs are the winner's", () => {
  const predictions = new Predictions([COMPARISON], ["a", "b"], { quickest: "b" });
  predictions.learn(outcomes("a", { quickest: { value: 2.5, seqs: [9] } }));
  assert.equal(predictions.verdict(COMPARISON), "elsewhere");
  predictions.learn(outcomes("b", { quickest: { value: 1.5, seqs: [4] } }));
  assert.equal(predictions.verdict(COMPARISON), "right");
  assert.deepEqual(predictions.reality(COMPARISON), ["b"]);
  assert.deepEqual(predictions.proofs(COMPARISON), [{ caseId: "b", seq: 4 }]);
});
