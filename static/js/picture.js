// For node: what is wanted and a trace on standard input -> the whole run as an SVG on standard output.
// Run by concurrency_lab/export/svg.py. Line 1: {lang, strings, title}; then the trace.

import { formatDuration } from "./lib/format.js";
import { Group } from "./timeline/group.js";
import { contentHeight, headHeight, plotWidth, untouched } from "./timeline/layout.js";
import { TimelineModel } from "./timeline/model.js";
import { svgOf } from "./timeline/picture.js";
import { withDefaults } from "./timeline/strings.js";
import { SIZES, THEMES } from "./timeline/tokens.js";
import { Viewport } from "./timeline/viewport.js";
import { Fold } from "./trace/fold.js";
import { endSentence } from "./views/run_bar.js";
import { timelineStrings } from "./views/timeline_words.js";
import { Words } from "./views/words.js";

const WIDTH = 1280;
const BATCH = 1000;

/**
 * How wide a text is, nearly: there is no font here to ask. Rather too wide, so that nothing is cut off.
 * @type {import("./timeline/svg_context.js").Measure}
 */
function measure(font, text) {
  const px = Number(/([\d.]+)px/.exec(font)?.[1] ?? 12);
  const bold = /^[67]00/.test(font) ? 1.13 : 1;
  let em = 0;
  for (const sign of text) em += widthInEm(sign);
  return { width: em * px * bold, drop: px * 0.35 };
}

/** @param {string} sign */
function widthInEm(sign) {
  if (sign >= "\u2e80") return 1;
  if ("iljtfrI.,:;'|!()[] ".includes(sign)) return 0.38;
  if ("mwMW@%—".includes(sign)) return 0.9;
  return /[A-Z]/.test(sign) ? 0.68 : 0.61;
}

/** @param {Fold} fold @param {Words} words @returns {import("./timeline/layout.js").Scene} */
function sceneOf(fold, words) {
  const model = new TimelineModel([new Group(fold)]);
  model.showThings = "auto";
  model.update();
  const viewport = new Viewport();
  /** @type {import("./timeline/layout.js").Scene} */
  const scene = {
    model,
    viewport,
    theme: THEMES.light,
    size: SIZES.laptop,
    strings: withDefaults(timelineStrings(words)),
    locale: words.locale,
    width: WIDTH,
    height: 0,
    hiddenLooks: 0,
    ...untouched(),
  };
  scene.height = headHeight(scene) + contentHeight(scene);
  viewport.marginPx = scene.size.small * 7;
  viewport.resize(plotWidth(scene));
  viewport.grow(model.beginNs, model.endNs);
  viewport.fit();
  return scene;
}

/** @param {AsyncIterable<Uint8Array>} input @returns {AsyncGenerator<any>} the object of every line */
async function* objectsOf(input) {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of input) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line);
  }
}

/** @param {AsyncIterable<Uint8Array>} input */
async function draw(input) {
  const given = objectsOf(input);
  const { lang, strings, title } = (await given.next()).value;
  // The header: the picture says nothing of it.
  await given.next();
  const words = new Words(lang, strings);
  const fold = new Fold();
  /** @type {import("./trace/fold.js").TraceEvent | null} */
  let limited = null;
  /** @type {import("./trace/fold.js").TraceEvent[]} */
  let batch = [];
  let events = 0;
  for await (const event of given) {
    events += 1;
    if (event.kind === "run.limited") limited = event;
    batch.push(event);
    if (batch.length < BATCH) continue;
    fold.feed(batch);
    batch = [];
  }
  fold.feed(batch);
  const end = /** @type {any} */ (fold.ended ?? { status: "interrupted" });
  const time = formatDuration(fold.endNs, words.locale);
  const note = endSentence(words, { end, limited: /** @type {any} */ (limited), events }, time);
  return svgOf(sceneOf(fold, words), { title, note }, measure);
}

const { process } = /** @type {any} */ (globalThis);
process.stdout.write(await draw(process.stdin));
