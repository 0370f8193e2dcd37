// A stand-in for a canvas and its 2D context that writes SVG instead of pixels: as much of the interface as the painter
// uses. Needs no DOM: who makes it says how wide texts are.

/** @typedef {[a: number, b: number, c: number, d: number, e: number, f: number]} Matrix */
/** @typedef {(font: string, text: string) => {width: number, drop: number}} Measure drop: of the baseline below the middle */

const TAU = Math.PI * 2;
// What XML has no way to write: controls, and halves of characters.
const UNFIT =
  // eslint-disable-next-line no-control-regex
  /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
/** @type {Record<string, string>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
/** @type {Record<string, string>} */
const ANCHORS = { center: "middle", right: "end", end: "end" };

/** A text as it may stand in XML. @param {string} text */
export function escapeXml(text) {
  return text.replace(UNFIT, "\ufffd").replace(/[&<>"]/g, (mark) => ENTITIES[mark]);
}

/** @param {number} value */
const short = (value) => String(Math.round(value * 100) / 100);

/** What stands once for all of a drawing and those within it: fonts, clips and patterns. */
class Definitions {
  /** @param {string} prefix */
  constructor(prefix) {
    this.prefix = prefix;
    /** @type {Map<string, string>} what is defined -> its name */
    this.names = new Map();
    this.texts = "";
    this.styles = "";
  }

  /** @param {string} key @param {(name: string) => string} write */
  name(key, write) {
    let name = this.names.get(key);
    if (name === undefined) {
      name = `${this.prefix}${this.names.size}`;
      this.names.set(key, name);
      this.texts += write(name);
    }
    return name;
  }

  /** The class of a font. @param {string} font */
  font(font) {
    return this.name(`font ${font}`, (name) => {
      this.styles += `.${name}{font:${font}}`;
      return "";
    });
  }

  toString() {
    return `<defs><style>${escapeXml(this.styles)}</style>${this.texts}</defs>`;
  }
}

/** A tile that fills what is painted with it. */
class TilePattern {
  /** @param {SvgCanvas} tile */
  constructor(tile) {
    this.tile = tile;
    this.matrix = { a: 1, d: 1, e: 0, f: 0 };
  }

  /** @param {{a: number, d: number, e: number, f: number}} matrix */
  setTransform(matrix) {
    this.matrix = matrix;
  }
}

export class SvgCanvas {
  /** @param {Measure} measure @param {Definitions} [definitions] @param {string} [prefix] of all names in it */
  constructor(measure, definitions, prefix = "lab") {
    this.definitions = definitions ?? new Definitions(prefix);
    this.width = 0;
    this.height = 0;
    this.context = new SvgContext(this, measure);
    this.ownerDocument = { createElement: () => new SvgCanvas(measure, this.definitions) };
  }

  getContext() {
    return this.context;
  }
}

export class SvgContext {
  /** @param {SvgCanvas} canvas @param {Measure} measure */
  constructor(canvas, measure) {
    this.canvas = canvas;
    this.measure = measure;
    this.imageSmoothingEnabled = true;
    this.fillStyle = this.strokeStyle = /** @type {string | TilePattern} */ ("#000000");
    this.lineWidth = 1;
    this.font = "10px sans-serif";
    this.textAlign = "left";
    this.textBaseline = "alphabetic";
    this.globalAlpha = 1;
    /** @type {number[]} */
    this.dash = [];
    /** @type {Matrix} */
    this.matrix = [1, 0, 0, 1, 0, 0];
    /** How many groups are open since the last save. */
    this.groups = 0;
    /** @type {Record<string, any>[]} */
    this.saved = [];
    /** @type {string[]} */
    this.parts = [];
    this.path = "";
    /** The last point of the path, before it is moved by the matrix. @type {[number, number]} */
    this.at = [0, 0];
    /** Rectangles of one colour that follow each other are one element. @type {{style: string, path: string} | null} */
    this.run = null;
    /** @type {{width: number, height: number, data: Uint8ClampedArray} | null} */
    this.image = null;
  }

  // -- state -------------------------------------------------------------------------------------------

  save() {
    const { fillStyle, strokeStyle, lineWidth, font, textAlign, textBaseline, globalAlpha } = this;
    const { dash, matrix, groups } = this;
    const styles = { fillStyle, strokeStyle, lineWidth, font, textAlign, textBaseline, globalAlpha };
    this.saved.push({ ...styles, dash, matrix, groups });
    this.groups = 0;
  }

  restore() {
    const state = this.saved.pop();
    if (!state) return;
    if (this.groups) this.#write("</g>".repeat(this.groups));
    Object.assign(this, state);
  }

  /** @param {number[]} dash */
  setLineDash(dash) {
    this.dash = dash;
  }

  /** @param {number} a @param {number} b @param {number} c @param {number} d @param {number} e @param {number} f */
  setTransform(a, b, c, d, e, f) {
    this.matrix = [a, b, c, d, e, f];
  }

  /** @param {Matrix} by */
  #times([a2, b2, c2, d2, e2, f2]) {
    const [a, b, c, d, e, f] = this.matrix;
    const left = [a * a2 + c * b2, b * a2 + d * b2, a * c2 + c * d2, b * c2 + d * d2];
    this.matrix = /** @type {Matrix} */ ([...left, a * e2 + c * f2 + e, b * e2 + d * f2 + f]);
  }

  /** @param {number} x @param {number} y */
  translate(x, y) {
    this.#times([1, 0, 0, 1, x, y]);
  }

  /** @param {number} x @param {number} y */
  scale(x, y) {
    this.#times([x, 0, 0, y, 0, 0]);
  }

  /** @param {number} angle */
  rotate(angle) {
    const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
    this.#times([cos, sin, -sin, cos, 0, 0]);
  }

  // -- paths -------------------------------------------------------------------------------------------

  beginPath() {
    this.path = "";
  }

  /** @param {number} x @param {number} y */
  #point(x, y) {
    const [a, b, c, d, e, f] = this.matrix;
    this.at = [x, y];
    return `${short(a * x + c * y + e)} ${short(b * x + d * y + f)}`;
  }

  /** @param {number} x @param {number} y */
  moveTo(x, y) {
    this.path += `M${this.#point(x, y)}`;
  }

  /** @param {number} x @param {number} y */
  lineTo(x, y) {
    this.path += `${this.path ? "L" : "M"}${this.#point(x, y)}`;
  }

  closePath() {
    this.path += "Z";
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  rect(x, y, width, height) {
    this.path += this.#box(x, y, width, height);
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  #box(x, y, width, height) {
    const corners = [this.#point(x, y), this.#point(x + width, y), this.#point(x + width, y + height)];
    return `M${corners.join("L")}L${this.#point(x, y + height)}Z`;
  }

  /** @param {number} x @param {number} y @param {number} radius @param {number} from @param {number} to */
  arc(x, y, radius, from, to) {
    // An arc of SVG cannot come back to where it began: a circle is two.
    const middle = (from + to) / 2;
    this.lineTo(x + radius * Math.cos(from), y + radius * Math.sin(from));
    for (const angle of [middle, to]) this.#arcOn(x, y, radius, angle, (to - from) / 2 > TAU / 2);
  }

  /** @param {number} x @param {number} y @param {number} radius @param {number} angle @param {boolean} large */
  #arcOn(x, y, radius, angle, large) {
    const end = this.#point(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
    const r = short(radius * Math.hypot(this.matrix[0], this.matrix[1]));
    this.path += `A${r} ${r} 0 ${Number(large)} 1 ${end}`;
  }

  /** A line towards a corner, and around it. @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 @param {number} radius */
  arcTo(x1, y1, x2, y2, radius) {
    const [x0, y0] = this.at;
    const before = Math.atan2(y0 - y1, x0 - x1);
    const after = Math.atan2(y2 - y1, x2 - x1);
    const turn = Math.abs(Math.atan2(Math.sin(after - before), Math.cos(after - before))) / 2;
    const reach = radius / Math.tan(turn);
    if (!Number.isFinite(reach) || turn < 1e-6 || reach > 1e6) return this.lineTo(x1, y1);
    this.lineTo(x1 + reach * Math.cos(before), y1 + reach * Math.sin(before));
    const isLeft = (x1 - x0) * (y2 - y1) - (y1 - y0) * (x2 - x1) < 0;
    const end = this.#point(x1 + reach * Math.cos(after), y1 + reach * Math.sin(after));
    this.path += `A${short(radius)} ${short(radius)} 0 0 ${isLeft ? 0 : 1} ${end}`;
  }

  fill() {
    this.#write(`<path d="${this.path}"${this.#filling()}/>`);
  }

  stroke() {
    this.#write(`<path d="${this.path}"${this.#stroking()}/>`);
  }

  clip() {
    const path = this.path;
    const name = this.canvas.definitions.name(
      `clip ${path}`,
      (id) => `<clipPath id="${id}"><path d="${path}"/></clipPath>`,
    );
    this.#write(`<g clip-path="url(#${name})">`);
    this.groups += 1;
  }

  // -- rectangles, texts and pictures --------------------------------------------------------------------

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  fillRect(x, y, width, height) {
    const style = this.#filling();
    const path = this.#box(x, y, width, height);
    // Where they are translucent, one over the other is darker: those stay apart.
    if (this.run?.style === style && this.globalAlpha === 1) this.run.path += path;
    else {
      this.#endRun();
      this.run = { style, path };
    }
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  strokeRect(x, y, width, height) {
    this.#write(`<path d="${this.#box(x, y, width, height)}"${this.#stroking()}/>`);
  }

  /** @param {string} text */
  measureText(text) {
    return { width: this.measure(this.font, text).width };
  }

  /** @param {string} text @param {number} x @param {number} y */
  fillText(text, x, y) {
    const drop = this.textBaseline === "middle" ? this.measure(this.font, text).drop : 0;
    const [left, base] = this.#point(x, y + drop).split(" ");
    const anchor = ANCHORS[this.textAlign] ? ` text-anchor="${ANCHORS[this.textAlign]}"` : "";
    const place = `x="${left}" y="${base}" class="${this.canvas.definitions.font(this.font)}"`;
    this.#write(
      `<text ${place}${anchor}${this.#filling()} xml:space="preserve">${escapeXml(String(text))}</text>`,
    );
  }

  /** @param {number} width @param {number} height */
  createImageData(width, height) {
    return { width, height, data: new Uint8ClampedArray(width * height * 4) };
  }

  /** @param {{width: number, height: number, data: Uint8ClampedArray}} image */
  putImageData(image) {
    this.image = image;
  }

  /**
   * One row of the picture on another canvas, stretched downwards: a rectangle for each stretch of one colour.
   * @param {SvgCanvas} canvas @param {number} sx @param {number} sy @param {number} sw @param {number} _sh
   * @param {number} dx @param {number} dy @param {number} _dw @param {number} dh
   */
  drawImage(canvas, sx, sy, sw, _sh, dx, dy, _dw, dh) {
    const { image } = canvas.context;
    if (!image) return;
    const pixels = new Uint32Array(image.data.buffer, (sy * image.width + sx) * 4, sw);
    /** @type {Map<number, [x: number, width: number][]>} */
    const stretches = new Map();
    for (let x = 0; x < sw;) {
      const pixel = pixels[x];
      const from = x;
      while (x < sw && pixels[x] === pixel) x += 1;
      if (pixel) stretches.set(pixel, [...(stretches.get(pixel) ?? []), [from, x - from]]);
    }
    this.save();
    for (const [pixel, list] of stretches) {
      this.fillStyle = colourOf(pixel);
      for (const [x, width] of list) this.fillRect(dx + x, dy, width, dh);
    }
    this.restore();
  }

  /** @param {SvgCanvas} tile */
  createPattern(tile) {
    return new TilePattern(tile);
  }

  // -- writing -----------------------------------------------------------------------------------------

  #filling() {
    const opacity = this.globalAlpha === 1 ? "" : ` fill-opacity="${short(this.globalAlpha)}"`;
    return ` fill="${this.#paint(this.fillStyle)}"${opacity}`;
  }

  #stroking() {
    const opacity = this.globalAlpha === 1 ? "" : ` stroke-opacity="${short(this.globalAlpha)}"`;
    const dash = this.dash.length ? ` stroke-dasharray="${this.dash.join(" ")}"` : "";
    const width = short(this.lineWidth * Math.hypot(this.matrix[0], this.matrix[1]));
    return ` fill="none" stroke="${this.#paint(this.strokeStyle)}" stroke-width="${width}"${dash}${opacity}`;
  }

  /** @param {string | TilePattern} style */
  #paint(style) {
    if (typeof style === "string") return escapeXml(style);
    const { tile } = style;
    const { a, d, e, f } = style.matrix;
    const moved = `translate(${short(e)} ${short(f)}) scale(${a} ${d})`;
    const content = tile.context.content;
    const size = `width="${tile.width}" height="${tile.height}" patternUnits="userSpaceOnUse"`;
    const name = this.canvas.definitions.name(
      `pattern ${content} ${moved}`,
      (id) => `<pattern id="${id}" ${size} patternTransform="${moved}">${content}</pattern>`,
    );
    return `url(#${name})`;
  }

  #endRun() {
    if (this.run) this.parts.push(`<path d="${this.run.path}"${this.run.style}/>`);
    this.run = null;
  }

  /** @param {string} part */
  #write(part) {
    this.#endRun();
    this.parts.push(part);
  }

  /** All that was drawn, as elements. */
  get content() {
    this.#endRun();
    return this.parts.join("");
  }
}

/** @param {number} pixel as raster.js writes it */
function colourOf(pixel) {
  const rgb = ((pixel & 0xff) << 16) | (pixel & 0xff00) | ((pixel >> 16) & 0xff);
  return `#${rgb.toString(16).padStart(6, "0")}`;
}
