import type { FailureCode } from "../../errors/codes.ts";
import { type Failed, failed } from "../../errors/result.ts";

/** A failure of a secrets file; never with a value in it. */
export function sopsFailure(
  code: FailureCode,
  file: string,
  message: string,
  more: { readonly cause?: string; readonly hint?: string; readonly line?: number; readonly column?: number } = {},
): Failed {
  const { cause, hint, line, column = 1 } = more;
  const location = line === undefined ? undefined : { file, line, column };
  return failed({
    code,
    message,
    ...(location && { location }),
    ...(cause !== undefined && { cause }),
    ...(hint !== undefined && { hint }),
  });
}

/** A key path for people: `database.hosts[0]`. */
export function showPath(path: readonly (string | number)[]): string {
  return path.reduce<string>((shown, step) => {
    if (typeof step === "number") return `${shown}[${step}]`;
    return shown === "" ? step : `${shown}.${step}`;
  }, "");
}
