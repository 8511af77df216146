import type { Failure } from "../../../errors/failure.ts";
import { showLocation } from "../failure.ts";
import type { Palette } from "../palette.ts";
import { safeLine } from "../safe-text.ts";

/** How failures are shown. */
export interface FailureLook {
  readonly colors: Palette;
  /** File names below it are shown relative to it. */
  readonly cwd: string;
}

/** A failure as one point among others: what is the matter behind a mark, where, and what to do. */
export function failureLines(
  { message, location, hint }: Failure,
  mark: string,
  { colors, cwd }: FailureLook,
  indent = "",
): string[] {
  return [
    `${indent}${mark} ${safeLine(message)}`,
    ...(location === undefined ? [] : [`${indent}    ${colors.faint("at")} ${showLocation(location, cwd)}`]),
    ...(hint?.split("\n") ?? []).map((line) => `${indent}    ${colors.active("hint:")} ${safeLine(line)}`),
  ];
}
