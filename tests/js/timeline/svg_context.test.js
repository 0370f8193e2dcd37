// The stand-in for a canvas: what is drawn on it is the SVG of the same thing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SvgCanvas, escapeXml } from "../../../static/js/timeline/svg_context.js";

const make = () => new SvgCanvas((font, text) => ({ width: text.length * 10, drop: 4 })).getContext();

test("rectangles of one colour that follow each other are one element, translucent ones are not", () => {
  const context = make();
  context.fillStyle = "#ff0000";
  context.fillRect(0, 0, 10, 5);
  context.fillRect(20, 0, 10, 5);
  context.globalAlpha = 0.5;
  context.fillRect(0, 0, 10, 5);
  context.fillRect(0, 0, 10, 5);
  assert.equal(context.content.match(/<path/g)?.length, 3);
  assert.match(context.content, /^<path d="M0 0L10 0L10 5L0 5ZM20 0L30 0L30 5L20 5Z" fill="#ff0000"\/>/);
});

test("a clip holds until the state is restored", () => {
  const context = make();
  context.save();
  context.beginPath();
  context.rect(1, 2, 3, 4);
  context.clip();
  context.fillRect(0, 0, 9, 9);
  context.restore();
  context.fillRect(5, 5, 1, 1);
  assert.match(context.content, /^<g clip-path="url\(#lab0\)"><path[^>]*\/><\/g><path[^>]*\/>$/);
  assert.match(String(context.canvas.definitions), /<clipPath id="lab0"><path d="M1 2L4 2L4 6L1 6Z"\/>/);
});

test("what is moved and turned is drawn where it then is", () => {
  const context = make();
  context.save();
  context.translate(10, 20);
  context.rotate(Math.PI / 2);
  context.beginPath();
  context.moveTo(5, 0);
  context.lineTo(0, 5);
  context.stroke();
  context.restore();
  context.moveTo(1, 1);
  assert.match(context.content, /d="M10 25L5 20"/);
});

test("a corner is rounded as a canvas rounds it", () => {
  const context = make();
  context.beginPath();
  context.moveTo(0, 0);
  context.arcTo(10, 0, 10, 10, 4);
  context.lineTo(10, 10);
  context.stroke();
  assert.match(context.content, /d="M0 0L6 0A4 4 0 0 1 10 4L10 10"/);
});

test("a text stands on its line, and nothing in it is markup", () => {
  const context = make();
  context.font = "600 12px serif";
  context.textBaseline = "middle";
  context.textAlign = "center";
  context.fillText('</text><script>&"\x00\ud800', 7, 10);
  assert.match(context.content, /x="7" y="14" class="lab0" text-anchor="middle"/);
  assert.ok(context.content.includes("&lt;/text&gt;&lt;script&gt;&amp;&quot;\ufffd\ufffd</text>"));
  assert.equal(escapeXml("\u{1f40d} 中"), "\u{1f40d} 中");
});

test("a row of pixels is a rectangle for each stretch of one colour", () => {
  const context = make();
  const source = make();
  const image = source.createImageData(4, 1);
  new Uint32Array(image.data.buffer).set([0xff0000ff, 0xff0000ff, 0, 0xff00ff00]);
  source.putImageData(image);
  context.drawImage(source.canvas, 0, 0, 4, 1, 10, 20, 4, 6);
  assert.match(context.content, /<path d="M10 20L12 20L12 26L10 26Z" fill="#ff0000"\/>/);
  assert.match(context.content, /<path d="M13 20L14 20L14 26L13 26Z" fill="#00ff00"\/>/);
});

test("a tile is said once, however often it is used", () => {
  const context = make();
  const tile = context.canvas.ownerDocument.createElement();
  tile.width = tile.height = 7;
  tile.getContext().fillRect(0, 0, 3, 3);
  for (let times = 0; times < 3; times += 1) {
    const pattern = context.createPattern(tile);
    pattern.setTransform({ a: 1, d: 1, e: 2, f: 3 });
    context.fillStyle = pattern;
    context.fillRect(times * 10, 0, 5, 5);
  }
  assert.equal(String(context.canvas.definitions).match(/<pattern /g)?.length, 1);
  assert.match(String(context.canvas.definitions), /patternTransform="translate\(2 3\) scale\(1 1\)"/);
  assert.match(context.content, /fill="url\(#lab0\)"/);
});
