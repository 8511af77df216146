type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Whether a stream gets colours: `--no-color` and NO_COLOR (https://no-color.org) forbid them, FORCE_COLOR asks for
 * them, otherwise a terminal that is not dumb has them.
 */
export function wantsColor(env: Variables, isTTY: boolean, noColor: boolean): boolean {
  if (noColor || env.NO_COLOR) return false;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return isTTY && env.TERM !== "dumb";
}

/** Whether a view may redraw itself: a terminal that can move its cursor, with a person in front of it. */
export function mayRedraw(env: Variables, isTTY: boolean): boolean {
  const isCI = env.CI !== undefined && env.CI !== "" && env.CI !== "0" && env.CI !== "false";
  return isTTY && env.TERM !== "dumb" && !isCI;
}
