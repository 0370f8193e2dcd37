// Split a Python program into lines of coloured pieces. Enough for reading; it need not parse.

/** @typedef {{text: string, kind: "" | "keyword" | "string" | "comment" | "number" | "name"}} Piece */

const KEYWORDS = new Set(
  (
    "False None True and as assert async await break case class continue def del elif else except finally for from " +
    "global if import in is lambda match nonlocal not or pass raise return try while with yield"
  ).split(" "),
);

const TOKEN = new RegExp(
  [
    /(?<comment>#[^\n]*)/,
    /(?<string>\b[rbfuRBFU]{0,2}(?:"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))/,
    /(?<quoted>"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)/,
    /(?<number>\b\d[\w.]*)/,
    /(?<word>[^\W\d]\w*)/u,
  ]
    .map((part) => part.source)
    .join("|"),
  "gu",
);

/** @param {string} source @returns {Piece[][]} one list of pieces a line */
export function highlight(source) {
  /** @type {Piece[][]} */
  const lines = [[]];
  let done = 0;
  let defines = false;
  for (const match of source.matchAll(TOKEN)) {
    add(lines, source.slice(done, match.index), "");
    done = match.index + match[0].length;
    const kind = kindOf(match, defines);
    defines = match[0] === "def" || match[0] === "class";
    add(lines, match[0], kind);
  }
  add(lines, source.slice(done), "");
  // The newline that ends the file begins no line.
  if (lines.length > 1 && lines.at(-1)?.length === 0) lines.pop();
  return lines;
}

/** @param {RegExpMatchArray} match @param {boolean} defines the word before was `def` or `class` @returns {Piece["kind"]} */
function kindOf(match, defines) {
  const groups = match.groups ?? {};
  if (groups.comment !== undefined) return "comment";
  if (groups.string !== undefined || groups.quoted !== undefined) return "string";
  if (groups.number !== undefined) return "number";
  if (KEYWORDS.has(match[0])) return "keyword";
  return defines ? "name" : "";
}

/** @param {Piece[][]} lines @param {string} text @param {Piece["kind"]} kind */
function add(lines, text, kind) {
  text.split("\n").forEach((part, index) => {
    if (index > 0) lines.push([]);
    if (part) lines[lines.length - 1].push({ text: part, kind });
  });
}
