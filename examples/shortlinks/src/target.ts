const longestTarget = 2_048;

/** The address a link may lead to, normalised; `undefined` for what is not a web address. */
export function parseTarget(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed.length > longestTarget || !URL.canParse(trimmed)) return undefined;
  const url = new URL(trimmed);
  // `javascript:` and `data:` would run in the reader's browser.
  return url.protocol === "http:" || url.protocol === "https:" ? url.href : undefined;
}
