// The text of a file in blocks of whole lines, read as they are taken: plain, or packed by gzip.

const GZIP = [0x1f, 0x8b];
// Some thousand lines: read in one go, they take a few milliseconds, and less for each than a few lines would.
const BLOCK = 1 << 19;
// No line of a trace is so long: what has none at all is not read to its end.
const LONGEST = 64 << 20;

/**
 * @param {Blob} file
 * @returns {AsyncGenerator<string>} each block ends with a line's end, but the last one may not; throws where the file
 *   cannot be read, or be unpacked
 */
export async function* blocksOf(file) {
  const head = new Uint8Array(await file.slice(0, GZIP.length).arrayBuffer());
  const isPacked = GZIP.every((byte, at) => head[at] === byte);
  const reading = { waits: false };
  const bytes = (isPacked ? unpacked(file, reading) : file.stream()).getReader();
  const next = () => {
    reading.waits = true;
    return bytes.read().finally(() => (reading.waits = false));
  };
  const decoder = new TextDecoder();
  let begun = "";
  try {
    for (let read = await next(); !read.done; read = await next()) {
      const fresh = decoder.decode(read.value, { stream: true });
      let at = 0;
      // What is put together of pieces is not searched again: a line of megabytes comes in thousands of them.
      for (let end = blockEnd(fresh, at, begun.length); end; end = blockEnd(fresh, at, 0)) {
        yield begun + fresh.slice(at, end);
        begun = "";
        at = end;
      }
      begun += fresh.slice(at);
      if (begun.length > LONGEST) break;
    }
  } catch (error) {
    // What came before the damage is good.
    const end = begun.lastIndexOf("\n") + 1;
    if (end) yield begun.slice(0, end);
    throw error;
  } finally {
    reading.waits = true;
    await bytes.cancel().catch(() => null);
  }
  begun += decoder.decode();
  if (begun) yield begun;
}

/**
 * Where a block ends that is long enough; 0: not in this text.
 * @param {string} text
 * @param {number} from where its part of the block begins
 * @param {number} before how much of the block came before
 */
function blockEnd(text, from, before) {
  const least = from + Math.max(0, BLOCK - before);
  return least < text.length ? text.indexOf("\n", least) + 1 : 0;
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
