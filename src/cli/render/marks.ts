/** What stands before a line, so that its meaning needs no colour. */
export const marks = {
  done: "✔",
  failed: "✘",
  warning: "!",
  skipped: "–",
  waiting: "○",
  hit: "≡",
  revert: "↩",
  arrow: "→",
  differs: "≠",
} as const;

/** One turn of what moves while something is going on. */
export const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;
