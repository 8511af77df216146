import { join } from "node:path";
import { type PackageFile, readPackageFile } from "./package-file.ts";

/** What runs everything else, and is the machine's. */
const machine = new Set(["node", "npm", "npx", "pnpm", "yarn", "bun", "tidegate"]);

/**
 * Packages of an owner's `devDependencies` that commands name, by the package (`node --import tsx`, `-r dotenv/config`) or by a
 * program of it (`npx prisma migrate deploy`), also by way of a script of package.json (`npm start`): who says that it is run in
 * production needs it there.
 *
 * @param find The folder of an owner's package, relative to the root.
 */
export function namedPackages(
  root: string,
  { development, scripts }: PackageFile,
  commands: readonly string[],
  find: (name: string) => string | undefined,
): string[] {
  const words = wordsOf(commands, scripts);
  if (words.size === 0) return [];
  return development.flatMap((name) => {
    const folder = machine.has(name) ? undefined : find(name);
    if (folder === undefined) return [];
    const programs = readPackageFile(join(root, folder))?.programs ?? [];
    const isNamed = [...words].some((word) => word === name || word.startsWith(`${name}/`) || programs.includes(word));
    return isNamed ? [folder] : [];
  });
}

/** The words of commands, and of the scripts that they name, and so on. */
function wordsOf(commands: readonly string[], scripts: ReadonlyMap<string, string>): Set<string> {
  const words = new Set<string>();
  const open = [...commands];
  const taken = new Set<string>();
  for (let command = open.pop(); command !== undefined; command = open.pop()) {
    const own = command.split(/[\s;&|()"'`=]+/).filter((word) => word !== "");
    for (const word of own) words.add(word.replace(/^(\.\/)?node_modules\/\.bin\//, ""));
    if (!own.some((word) => /^(npm|pnpm|yarn|bun)$/.test(word))) continue;
    for (const name of own.filter((word) => scripts.has(word) && !taken.has(word))) {
      taken.add(name);
      open.push(scripts.get(name)!);
    }
  }
  return words;
}
