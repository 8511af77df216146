import type { Place } from "../../../config/explain.ts";
import type { Standing } from "../../../config/standing.ts";
import { toText } from "../../../config/to-text.ts";
import type { SecretOrigin } from "../../../secrets/provider.ts";
import { showPath } from "../failure.ts";
import { safeLine, safeValue } from "../safe-text.ts";

/** What a secret's value is shown as. */
export const masked = "[secret]";

/** A value as a service would get it, on one line. */
export function showValue(value: unknown): string {
  const text = toText(value);
  if (text.state !== "text") return "(none)";
  const shown = /[\n\r]|^\s|\s$|^$/.test(text.text) ? JSON.stringify(text.text) : text.text;
  return safeValue(shown);
}

/** How a key stands, in a word: its value, or why there is none to show. */
export function showStanding(standing: Standing): string {
  switch (standing.state) {
    case "set":
      return standing.declaration.kind === "secret" ? masked : showValue(standing.resolved.value);
    case "absent":
      return "(none)";
    default:
      return `(${standing.state})`;
  }
}

/** A value for `--json`: what it is as data, or its text when JSON has no such thing. */
export function jsonValue(value: unknown): unknown {
  const text = toText(value);
  if (text.state !== "text") return undefined;
  return text.isJson ? JSON.parse(text.text) : text.text;
}

/** Where a secret stands, for people. */
function showOrigin(origin: SecretOrigin, cwd: string): string {
  switch (origin.kind) {
    case "file":
      return `${showPath(origin.path, cwd)}${origin.line === undefined ? "" : `:${origin.line}`}`;
    case "variable":
      return `environment variable ${origin.name}`;
    case "command":
      return `command ${safeLine(origin.run.join(" "))}`;
    case "vault":
      return `vault ${safeLine(`${origin.address} ${origin.path}#${origin.field}`)}`;
    default:
      return origin satisfies never;
  }
}

/** Where a layer's value stands: `file:line`, a secret's source, or the call. */
export function showPlace(place: Place, location: string | undefined, cwd: string): string {
  switch (place.in) {
    case "definition":
      return location ?? "";
    case "source":
      return showOrigin(place.origin, cwd);
    case "call":
      return "--set";
    default:
      return place satisfies never;
  }
}
