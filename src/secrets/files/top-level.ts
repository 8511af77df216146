import type { OpenSops, PlainValue } from "../sops/types.ts";

/** The keys of an open file and their values; of a file with several documents, of the first. */
export function topLevel(open: Pick<OpenSops, "get">): ReadonlyMap<string, PlainValue> {
  const content = open.get([]);
  return content instanceof Map ? (content as ReadonlyMap<string, PlainValue>) : new Map<string, PlainValue>();
}
