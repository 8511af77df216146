import type { OptionTable } from "./verb.ts";

/** Options that every verb takes. */
export const globalOptions = {
  project: { kind: "text", short: "C", value: "DIR", summary: "Look for the project in DIR", default: "." },
  json: { kind: "flag", summary: "Print one JSON value per line on standard output" },
  "no-color": { kind: "flag", summary: "No colours" },
  help: { kind: "flag", short: "h", summary: "Show this help" },
} as const satisfies OptionTable;

/** What the frame needs to know before it knows the verb; wrong arguments are found later. */
export interface GlobalChoice {
  readonly project: string | undefined;
  readonly json: boolean;
  readonly noColor: boolean;
  readonly help: boolean;
}
