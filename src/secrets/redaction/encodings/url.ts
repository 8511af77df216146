/** What `encodeURIComponent` leaves and stricter writers escape. */
const leftOut = /[!'()*]/g;

/**
 * Percent-encoded: as a component (RFC 3986, and the laxer one of browsers), as a form (`+` for a space), as a whole
 * address, with escapes in both cases.
 */
export function urlForms(value: string): string[] {
  // A lone surrogate has no URL form.
  const wellFormed = value.toWellFormed();
  const component = encodeURIComponent(wellFormed);
  const strict = component.replace(leftOut, escapeByte);
  const form = strict.replaceAll("%20", "+");
  // What URLSearchParams writes: `*` stays, `~` does not.
  const searchParams = form.replaceAll("%2A", "*").replaceAll("~", "%7E");
  const upper = [component, strict, form, searchParams, component.replaceAll("%20", "+"), encodeURI(wellFormed)];
  return upper.flatMap((one) => [one, one.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase())]);
}

function escapeByte(mark: string): string {
  return `%${mark.charCodeAt(0).toString(16).toUpperCase()}`;
}
