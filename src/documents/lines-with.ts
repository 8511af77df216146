/** What `git log` and `git diff` take to look only at changes of lines with this name in them. */
export function linesWith(name: string): string {
  return `-G\\b${name.replaceAll(/[^A-Za-z0-9_]/g, ".")}\\b`;
}
