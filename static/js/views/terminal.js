// What the program wrote, as the lines of one terminal. A process hands whole lines to its terminal, so the lines
// of two processes do not mix; the threads of one process write into the same line, as they did there.

/** @typedef {{lane: string, stream: number, text: string}} Segment */
/** @typedef {{ns: number, number: number, segments: Segment[], open: boolean}} Line */

// A program may write for ever without a newline.
const LONGEST_LINE = 2000;

export class Terminal {
  constructor() {
    /** Lines begun so far: a line's number is its place among them. */
    this.begun = 0;
    /** @type {Map<number, Line>} of each process: the line that has not met its newline yet */
    this.current = new Map();
  }

  /**
   * Take one write; return the lines that it began or went on with, in order.
   * @param {number} ns @param {string} lane @param {number} stream @param {string} text
   * @param {number} pid the lane's process
   * @returns {Line[]}
   */
  write(ns, lane, stream, text, pid) {
    const touched = [];
    const parts = text.split(/\r\n|[\n\r]/);
    for (const [index, part] of parts.entries()) {
      const ends = index < parts.length - 1;
      if (!part && !ends) continue;
      const line = this.current.get(pid) ?? this.#begin(ns);
      this.#append(line, lane, stream, part);
      touched.push(line);
      line.open = !ends && lengthOf(line) < LONGEST_LINE;
      if (line.open) this.current.set(pid, line);
      else this.current.delete(pid);
    }
    return touched;
  }

  /** @param {number} ns @returns {Line} */
  #begin(ns) {
    const line = { ns, number: this.begun, segments: [], open: true };
    this.begun += 1;
    return line;
  }

  /** @param {Line} line @param {string} lane @param {number} stream @param {string} text */
  #append(line, lane, stream, text) {
    const last = line.segments.at(-1);
    if (last && last.lane === lane && last.stream === stream) last.text += text;
    else if (text || !last) line.segments.push({ lane, stream, text });
  }
}

/** @param {Line} line */
function lengthOf(line) {
  return line.segments.reduce((sum, segment) => sum + segment.text.length, 0);
}
