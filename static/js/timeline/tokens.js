// The timeline's tokens: every colour, shape and size it draws with. The legend draws with the same.
// Colours measured (shared facts): contrast of the coloured states on their background >= 3.1 (light), 4.2 (dark),
// 4.9 (projector); smallest OKLab distance under simulated colour blindness 7.7. Colour is never alone.

/** @typedef {"light" | "dark" | "projector"} ThemeName */
/** @typedef {"laptop" | "projector" | "projectorSmall" | "embed" | "phone"} SizeName */
/**
 * @typedef {object} Theme
 * @property {string} background
 * @property {string} labels background of the label column and the ruler
 * @property {string} stripe every other lane
 * @property {string} grid
 * @property {string} border
 * @property {string} text
 * @property {string} muted
 * @property {string} accent cursor and selection
 * @property {string} onAccent text on it
 * @property {string} alarm signals, failures, orphans
 * @property {string} ink flows and lock holders
 * @property {string} beyond what has not happened yet
 * @property {string[]} looks a colour per LOOKS: new, runnable, running, locked, waiting, sleeping, zombie, dead
 */

/** @type {Record<ThemeName, Theme>} */
export const THEMES = {
  light: {
    background: "#FFFFFF",
    labels: "#F6F7F9",
    stripe: "#FAFBFC",
    grid: "#E3E6EA",
    border: "#C4C9D0",
    text: "#16191D",
    muted: "#565D66",
    accent: "#0B57D0",
    onAccent: "#FFFFFF",
    alarm: "#B3261E",
    ink: "#16191D",
    beyond: "#F1F3F5",
    looks: ["#767676", "#C28800", "#0A9A72", "#A12B00", "#8E5BB0", "#154F8C", "#222222", "#767676"],
  },
  dark: {
    background: "#14171C",
    labels: "#1C2026",
    stripe: "#181C21",
    grid: "#2B3038",
    border: "#444B55",
    text: "#E8EAED",
    muted: "#A5ACB5",
    accent: "#8AB4F8",
    onAccent: "#10141A",
    alarm: "#FF8A80",
    ink: "#F1F3F4",
    beyond: "#1A1E24",
    looks: ["#9AA0A6", "#FFD23F", "#5CC9A7", "#D9480F", "#A86BC4", "#2F74F0", "#F5F5F5", "#80868B"],
  },
  projector: {
    background: "#FFFFFF",
    labels: "#F2F4F7",
    stripe: "#FFFFFF",
    grid: "#CDD2D9",
    border: "#8A929C",
    text: "#000000",
    muted: "#3C4249",
    accent: "#0842A0",
    onAccent: "#FFFFFF",
    alarm: "#A50E0E",
    ink: "#000000",
    beyond: "#ECEFF2",
    looks: ["#5E5E5E", "#946A00", "#00805D", "#8A1F00", "#8B3FC0", "#12406F", "#000000", "#707070"],
  },
};

/** @typedef {"outline" | "lines" | "solid" | "hatch" | "dots" | "cross" | "line"} Pattern */

/**
 * Height as a share of the lane's, and pattern, per LOOKS.
 * @type {{height: number, pattern: Pattern}[]}
 */
export const SHAPES = [
  { height: 1, pattern: "outline" },
  { height: 0.72, pattern: "lines" },
  { height: 1, pattern: "solid" },
  { height: 0.86, pattern: "hatch" },
  { height: 0.55, pattern: "dots" },
  { height: 0.28, pattern: "solid" },
  { height: 1, pattern: "cross" },
  { height: 0.08, pattern: "line" },
];

/**
 * @typedef {object} Size all in CSS pixels
 * @property {number} font
 * @property {number} small second line of a label, ruler, labels on spans
 * @property {number} lane height of a full span
 * @property {number} gap between lanes: the lock holder's bar and the task's bracket live there
 * @property {number} heading height of the heading above each run, where there are several
 * @property {number} labels width of the label column
 * @property {number} ruler height of the time ruler
 * @property {number} strip height of the flows' density strip below the ruler
 * @property {number} indent
 * @property {number} stroke width of a flow
 * @property {number} reach how far from a flow the pointer still hits it
 */

/** @type {Size} */
const PROJECTOR = {
  font: 22,
  small: 18,
  lane: 56,
  gap: 14,
  heading: 42,
  labels: 280,
  ruler: 38,
  strip: 8,
  indent: 20,
  stroke: 3,
  reach: 8,
};

/** @type {Record<SizeName, Size>} */
export const SIZES = {
  laptop: {
    font: 14,
    small: 12,
    lane: 34,
    gap: 10,
    heading: 28,
    labels: 184,
    ruler: 26,
    strip: 6,
    indent: 14,
    stroke: 1.5,
    reach: 5,
  },
  projector: PROJECTOR,
  // A projector of 1280x720 shows the same lanes, as high and in letters as large; names and times take less.
  projectorSmall: { ...PROJECTOR, small: 16, gap: 13, heading: 36, labels: 212, ruler: 32, indent: 12 },
  embed: {
    font: 13,
    small: 11,
    lane: 26,
    gap: 9,
    heading: 22,
    labels: 128,
    ruler: 24,
    strip: 5,
    indent: 10,
    stroke: 1.25,
    reach: 5,
  },
  phone: {
    font: 15,
    small: 12,
    lane: 30,
    gap: 14,
    heading: 30,
    labels: 126,
    ruler: 28,
    strip: 5,
    indent: 8,
    stroke: 1.5,
    reach: 22,
  },
};

export const FONT_FAMILY =
  'system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif';

/**
 * How flows differ without colour: dashes and heads.
 * @typedef {"arrow" | "open" | "diamond" | "dot" | "square" | "cross"} Head
 * @type {Record<string, {dash: number[], head: Head, weight: number}>}
 */
export const FLOWS = {
  forked: { dash: [], head: "arrow", weight: 1.5 },
  started: { dash: [], head: "arrow", weight: 1 },
  joined: { dash: [7, 4], head: "open", weight: 1 },
  notified: { dash: [2, 3], head: "diamond", weight: 1.25 },
  put_got: { dash: [], head: "dot", weight: 1 },
  sent: { dash: [], head: "open", weight: 1 },
  task: { dash: [10, 3, 2, 3], head: "square", weight: 1 },
  signal: { dash: [4, 2], head: "cross", weight: 1.5 },
  overtaken: { dash: [2, 2], head: "arrow", weight: 1.25 },
};
