/**
 * Tells whether bytes are still what was written, at the speed at which they can be read. Against accidents only; loading
 * a library of real digests would take longer than all the rest.
 */
export function checksum(bytes: Uint8Array): string {
  const words = wordsOf(bytes);
  let first = 0x811c9dc5;
  let second = 0x9747b28c ^ bytes.length;
  for (const word of words) {
    first = Math.imul(first ^ word, 0x01000193);
    second = Math.imul(second ^ (first >>> 15), 0x85ebca6b) + word;
  }
  for (const byte of bytes.subarray(words.length * 4)) {
    first = Math.imul(first ^ byte, 0x01000193);
    second = Math.imul(second ^ (first >>> 15), 0x85ebca6b) + byte;
  }
  return [first, second].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}

/** Four bytes at a time, as this machine puts them together. They have to begin at a multiple of their size. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  const length = Math.floor(bytes.length / 4);
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, length);
}
