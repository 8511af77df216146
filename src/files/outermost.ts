/**
 * The paths of which none is in another one: folders end in a slash, and what is in one of them, a folder or a file, goes
 * without saying. Each once, in code-unit order.
 */
export function outermost(paths: Iterable<string>): string[] {
  const all = [...new Set(paths)].sort();
  const isIn = (path: string, other: string) => other !== path && other.endsWith("/") && `${path}/`.startsWith(other);
  return all.filter((path) => !all.some((other) => isIn(path, other)));
}
