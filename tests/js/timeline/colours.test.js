// The states' colours can be told apart by everybody, and from the background; measured as in the tokens' comment.
import assert from "node:assert/strict";
import { test } from "node:test";
import { THEMES } from "../../../static/js/timeline/tokens.js";
import { LOOKS } from "../../../static/js/trace/constants.js";

/** What was reached when the palette was made, x100 in OKLab; a change of a colour must not fall below. */
const SMALLEST_DISTANCE = 7.7;
/** WCAG 2.2, 1.4.11: parts of a picture that one must see to understand it. */
const LEAST_CONTRAST = 3;
/** These two are outline and line in grey: told by their shapes alone. */
const COLOURLESS = ["new", "dead"];

/** Machado, Oliveira and Fernandes 2009, severity 1, for linear light. */
const SEES = {
  everybody: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** @returns {number[]} linear light, 0 to 1 */
function linear(hex) {
  return [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
}

function times(matrix, vector) {
  return matrix.map((row) => row.reduce((sum, weight, i) => sum + weight * vector[i], 0));
}

const clamped = (vector) => vector.map((value) => Math.max(0, Math.min(1, value)));

/** Björn Ottosson's OKLab. */
function oklab(rgb) {
  const lms = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb,
  ).map(Math.cbrt);
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    lms,
  );
}

function distance(a, b, matrix) {
  const [one, other] = [a, b].map((hex) => oklab(clamped(times(matrix, linear(hex)))));
  return 100 * Math.hypot(...one.map((value, i) => value - other[i]));
}

function luminance(hex) {
  const [red, green, blue] = linear(hex);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a, b) {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

test("the measure knows equal, opposite and confusable colours", () => {
  assert.equal(distance("#A12B00", "#A12B00", SEES.protanopia), 0);
  assert.ok(Math.abs(distance("#000000", "#FFFFFF", SEES.everybody) - 100) < 0.1);
  assert.ok(Math.abs(contrast("#000000", "#FFFFFF") - 21) < 0.01);
  // Red and green of equal lightness are the textbook's confusion; blue and orange are not.
  const plain = distance("#B05000", "#5E7800", SEES.everybody);
  assert.ok(distance("#B05000", "#5E7800", SEES.deuteranopia) < plain / 3);
  assert.ok(distance("#2F74F0", "#C28800", SEES.deuteranopia) > 20);
});

for (const [name, theme] of Object.entries(THEMES)) {
  const coloured = LOOKS.map((look, i) => ({ look, hex: theme.looks[i] })).filter(
    ({ look }) => !COLOURLESS.includes(look),
  );

  for (const [who, matrix] of Object.entries(SEES)) {
    test(`${name}: the states are told apart (${who})`, () => {
      for (const [i, one] of coloured.entries()) {
        for (const other of coloured.slice(i + 1)) {
          const apart = distance(one.hex, other.hex, matrix);
          assert.ok(apart >= SMALLEST_DISTANCE, `${one.look} and ${other.look}: ${apart.toFixed(1)}`);
        }
      }
    });
  }

  test(`${name}: every state stands out from the background`, () => {
    LOOKS.forEach((look, i) => {
      const value = contrast(theme.looks[i], theme.background);
      assert.ok(value >= LEAST_CONTRAST, `${look}: ${value.toFixed(2)}`);
    });
  });
}
