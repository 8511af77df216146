/**
 * Tells whether bytes are still what was written, at the speed at which they can be read. Against accidents only; loading
 * a library of real digests would take longer than all the rest.
 */
export function checksum(bytes: Uint8Array): string {
  let first = 0x811c9dc5;
  let second = 0x9747b28c ^ bytes.length;
  const words = Math.floor(bytes.length / 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let index = 0; index < words; index += 1) {
    const word = view.getUint32(index * 4, true);
    first = Math.imul(first ^ word, 0x01000193);
    first ^= first >>> 15;
    second = Math.imul(second + word, 0x85ebca6b);
    second ^= second >>> 13;
  }
  for (let index = words * 4; index < bytes.length; index += 1) {
    first = Math.imul(first ^ bytes[index]!, 0x01000193);
    second = Math.imul(second + bytes[index]!, 0x85ebca6b);
  }
  return [first, second].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}
