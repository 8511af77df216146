/** Programs that wrap base64 do so after this many characters: MIME and `base64`, PEM and `openssl`. */
const wrapWidths = [76, 64];

/** A wrapped line shorter than this could be part of anything. */
const wrappedFrom = 16;

/**
 * Base64 of the bytes alone, and of the bytes inside something longer (`user:password`): that depends on their offset
 * modulo 3. The first and last characters may hold bits of the neighbours and are left out; so is the padding.
 * `"key"` → `a2V5`, then `tle`, `rZX`, `a2V5` behind 1, 2, 3 other bytes.
 */
export function base64Forms(bytes: Buffer): string[] {
  const inside = [0, 1, 2].map((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    const end = Math.floor(((offset + bytes.length) * 8) / 6);
    return padded.slice(Math.ceil((offset * 8) / 6), end);
  });
  const whole = bytes.toString("base64").replace(/=+$/, "");
  return [...new Set([whole, ...inside, ...wrappedForms(whole)])];
}

/** The same in the alphabet for URLs and file names; only what differs. */
export function base64UrlForms(bytes: Buffer): string[] {
  const differing = base64Forms(bytes).filter((form) => /[+/]/.test(form));
  return differing.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"));
}

/** The lines of wrapped base64, when the value begins it. */
function wrappedForms(whole: string): string[] {
  return wrapWidths.flatMap((width) => {
    if (whole.length <= width) return [];
    const lines = whole.match(new RegExp(`.{1,${width}}`, "g")) ?? [];
    return lines.filter((line) => line.length >= wrappedFrom);
  });
}
