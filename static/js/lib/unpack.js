// What Python's zlib.compress made of lines of JSON, unpacked.

const BRACE = "{".charCodeAt(0);

/** @param {ArrayBuffer | Uint8Array<ArrayBuffer>} packed the lines as they are, too @returns {Promise<string>} */
export async function unpack(packed) {
  const bytes = new Uint8Array(packed);
  if (bytes[0] === BRACE) return new TextDecoder().decode(bytes);
  const stream = new DecompressionStream("deflate");
  const writer = stream.writable.getWriter();
  // A Blob would go by way of another process. What is wrong with it, the reader is told, too.
  writer.write(packed).catch(() => null);
  writer.close().catch(() => null);
  return new Response(stream.readable).text();
}

/** The values of lines of JSON. @param {string} lines @returns {any[]} */
export function parseLines(lines) {
  // One call for all of them: line by line takes twice as long.
  return lines ? JSON.parse(`[${lines.replaceAll("\n", ",")}]`) : [];
}
