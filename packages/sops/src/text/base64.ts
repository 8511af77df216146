/**
 * Whether a text is base64 with its padding, and nothing else. Counted rather than matched in groups of four, which runs
 * out of stack in a long one.
 */
export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
