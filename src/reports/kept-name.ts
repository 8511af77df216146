import { hash } from "node:crypto";

/** How long a name may be that is kept, in UTF-16 code units. */
const longest = 500;
const digestLength = 12;

/** A name that is too long, cut; its end says what was cut, so that names which begin alike stay different. */
export function keptName(name: string): string {
  if (name.length <= longest) return name;
  const digest = hash("sha256", name.toWellFormed()).slice(0, digestLength);
  return `${name.slice(0, longest - digestLength - 2).toWellFormed()}… ${digest}`.slice(0, longest);
}
