/** What is known of the content that would be sent. */
export interface Validators {
  /** With its quotes. */
  readonly etag: string;
  /** An HTTP date. */
  readonly lastModified: string;
  readonly size: number;
}

/** The headers of a request that ask for less than the whole, in lower case. */
export type Conditions = Readonly<
  Partial<
    Record<"if-match" | "if-none-match" | "if-modified-since" | "if-unmodified-since" | "if-range" | "range", string>
  >
>;

export type Part =
  | { readonly send: "whole" }
  | { readonly send: "range"; readonly start: number; readonly end: number }
  | { readonly send: "notModified" | "preconditionFailed" | "outOfRange" };

/**
 * What a GET or HEAD is answered with (RFC 9110, 13.2.2). Dates are compared for being the same, not for being later: after a
 * rollback the older file is the right one.
 */
export function partToSend(conditions: Conditions, content: Validators): Part {
  const { etag, lastModified } = content;
  const { "if-match": match, "if-none-match": none, "if-unmodified-since": unmodified } = conditions;
  if (match !== undefined ? !listed(match, etag, "strong") : unmodified !== undefined && unmodified !== lastModified)
    return { send: "preconditionFailed" };
  const since = conditions["if-modified-since"];
  if (none !== undefined ? listed(none, etag, "weak") : since === lastModified) return { send: "notModified" };
  const { range, "if-range": only } = conditions;
  if (range === undefined || (only !== undefined && only !== etag && only !== lastModified)) return { send: "whole" };
  return rangeOf(range, content.size);
}

function listed(header: string, etag: string, comparison: "strong" | "weak"): boolean {
  if (header.trim() === "*") return true;
  const tags = header.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return tags.some((tag) => (comparison === "weak" ? tag.replace(/^W\//, "") : tag) === etag);
}

/** One range is sent; several may be answered with the whole, and what is no range has to be. */
function rangeOf(header: string, size: number): Part {
  const match = /^bytes=\s*(\d*)\s*-\s*(\d*)\s*$/.exec(header);
  const [, first = "", last = ""] = match ?? [];
  if (match === null || (first === "" && last === "")) return { send: "whole" };
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== "" && last !== "" && Number(last) < Number(first)) return { send: "whole" };
  if (start >= size || (first === "" && Number(last) === 0)) return { send: "outOfRange" };
  return { send: "range", start, end };
}
