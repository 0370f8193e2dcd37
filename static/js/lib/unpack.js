// What Python's zlib.compress made of a text, unpacked.

/** @param {ArrayBuffer | Uint8Array<ArrayBuffer>} packed @returns {Promise<string>} */
export async function unpack(packed) {
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
