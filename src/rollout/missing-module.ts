/** What Node, and tools that load modules like it, say of one that they do not find. */
const missing = /Cannot find (?:module|package) (["'])(.+?)\1/;
/** A package's name at the beginning of what was asked for; a path or a module of Node's own has none. */
const packageName = /^(?:@[a-z0-9~_-][\w.~-]*\/)?[a-z0-9~_-][\w.~-]*(?=\/|$)/i;

/** The package that a process did not find, from the lines that it wrote; `undefined` when they don't say that. */
export function missingPackage(lines: readonly string[]): string | undefined {
  const names = lines.map((line) => packageName.exec(missing.exec(line)?.[2] ?? "")?.[0]);
  return names.find((name) => name !== undefined);
}

/** What to do about a process that did not find a package: it may be one for the development. */
export function modulesHint(lines: readonly string[]): string | undefined {
  const name = missingPackage(lines);
  if (name === undefined) return undefined;
  return [
    `A release has the packages that package.json names in \`dependencies\`. If ${name} is in \`devDependencies\`: npm install --save-prod ${name}`,
    '(pnpm add, yarn add). To release all that is installed instead, say so in the definition: service({ …, nodeModules: "all" })',
  ].join("\n");
}
