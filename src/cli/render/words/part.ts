import { safeLine } from "../safe-text.ts";

const kinds: Readonly<Record<string, (name: string) => string>> = {
  input: (name) => name,
  output: (name) => name,
  need: (name) => `the output of ${name}`,
  behind: (name) => `what ${name} was made of`,
  env: (name) => `the variable ${name}`,
  quarantine: (name) => `the quarantine of ${name}`,
  tool: (name) => `the program ${name}`,
  task: (name) => `its \`${name}\``,
};

/** A part of a fingerprint for people: `input:src/a.ts` is "src/a.ts". What is not known is shown as it is. */
export function showPart(part: string): string {
  if (part === "place") return "the folder of the project";
  const colon = part.indexOf(":");
  const show = colon < 0 ? undefined : kinds[part.slice(0, colon)];
  return safeLine(show === undefined ? part : show(part.slice(colon + 1)));
}
