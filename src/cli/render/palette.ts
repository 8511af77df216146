import picocolors from "picocolors";

/** Colours by what they mean. They only repeat what a mark or a word already says. */
export interface Palette {
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  /** What is going on now. */
  active(text: string): string;
  strong(text: string): string;
  faint(text: string): string;
}

export function palette(color: boolean): Palette {
  const colors = picocolors.createColors(color);
  return {
    good: colors.green,
    bad: colors.red,
    warn: colors.yellow,
    active: colors.cyan,
    strong: colors.bold,
    faint: colors.dim,
  };
}
