// The lines of a file, many at a time, read as they are taken: plain, or packed by gzip.

const GZIP = [0x1f, 0x8b];
// No line of a trace is so long: what has none at all is not read to its end.
const LONGEST = 64 << 20;

/**
 * @param {Blob} file
 * @param {number} atLeast lines at a time, but at the end
 * @returns {AsyncGenerator<string[]>} throws where the file cannot be read, or be unpacked
 */
export async function* linesOf(file, atLeast) {
  const head = new Uint8Array(await file.slice(0, GZIP.length).arrayBuffer());
  const isPacked = GZIP.every((byte, at) => head[at] === byte);
  const reading = { waits: false };
  const bytes = isPacked ? unpacked(file, reading) : file.stream();
  const texts = bytes.pipeThrough(new TextDecoderStream()).getReader();
  const next = () => {
    reading.waits = true;
    return texts.read().finally(() => (reading.waits = false));
  };
  /** @type {string[]} */
  let lines = [];
  let rest = "";
  try {
    for (let read = await next(); !read.done; read = await next()) {
      const found = (rest + read.value).split("\n");
      rest = found.pop() ?? "";
      lines = lines.length ? lines.concat(found) : found;
      if (rest.length > LONGEST) break;
      if (lines.length < atLeast) continue;
      yield lines;
      lines = [];
    }
  } catch (error) {
    // What came before the damage is good.
    if (lines.length) yield lines;
    throw error;
  } finally {
    reading.waits = true;
    await texts.cancel().catch(() => null);
  }
  if (rest) lines.push(rest);
  if (lines.length) yield lines;
}

/**
 * A stream that fails forgets what nobody has taken yet, and a file that is cut off fails at its end: the end is
 * told when all before it was taken.
 * @param {Blob} file @param {{waits: boolean}} reading whether more is being waited for
 */
function unpacked(file, reading) {
  const patient = new TransformStream({
    async flush() {
      for (let quiet = 0; quiet < 3; quiet = reading.waits ? quiet + 1 : 0) {
        await new Promise((resolve) => setTimeout(resolve));
      }
    },
  });
  return file.stream().pipeThrough(patient).pipeThrough(new DecompressionStream("gzip"));
}
