import { objectOf, textsOf } from "../relaxed-json.ts";
import type { Repository } from "../repository.ts";

/** How each package manager runs a program of the packages. */
const runners: Readonly<Record<string, string>> = { npm: "npx", pnpm: "pnpm exec", yarn: "yarn run", bun: "bunx" };

/**
 * What an installation has to do with Prisma: its client is made of the schema, into `node_modules/`, by a script of the package,
 * which a package manager may not run. A client that is written elsewhere is left to the project. `step`: what follows the
 * installation, "" where nothing has to.
 */
export function prismaClient(
  repository: Repository,
  manager: string,
): { readonly inputs: readonly string[]; readonly step: string } {
  const { dependencies, devDependencies, scripts, prisma } = repository.readJson("package.json");
  const packages = { ...objectOf(dependencies), ...objectOf(devDependencies) };
  const chosen = objectOf(prisma).schema;
  const places = [
    typeof chosen === "string" ? chosen.replace(/^\.\//, "") : "",
    "prisma/schema.prisma",
    "schema.prisma",
  ];
  const schema = places.find((place) => /^\s*generator\b/m.test(repository.read(place)));
  if (!Object.hasOwn(packages, "@prisma/client") || schema === undefined) return { inputs: [], step: "" };
  const isUsual = /provider\s*=\s*"prisma-client-js"/.test(repository.read(schema));
  if (!isUsual || /^\s*output\s*=/m.test(repository.read(schema))) return { inputs: [], step: "" };
  const isSaid = textsOf(Object.values(objectOf(scripts))).some((script) => /\bprisma generate\b/.test(script));
  const step = isSaid || !Object.hasOwn(packages, "prisma") ? "" : ` && ${runners[manager] ?? "npx"} prisma generate`;
  return { inputs: [schema], step };
}
