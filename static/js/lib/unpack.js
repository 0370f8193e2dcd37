// What Python's zlib.compress made of a text, unpacked.

/** @param {ArrayBuffer | Uint8Array<ArrayBuffer>} packed @returns {Promise<string>} */
export function unpack(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).text();
}

/** The values of lines of JSON. @param {string} lines @returns {any[]} */
export function parseLines(lines) {
  // One call for all of them: line by line takes twice as long.
  return lines ? JSON.parse(`[${lines.replaceAll("\n", ",")}]`) : [];
}
