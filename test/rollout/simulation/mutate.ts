import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { type Mutant, mutants } from "./mutants.ts";

/*
 *     node test/rollout/simulation/mutate.ts [the beginning of a name]
 *
 * Lets the simulation loose on every mutant, each a copy of the whole program in which one file is another. A line of JSON
 * for each: with which seed it was found, and by what.
 */

const root = new URL("../../../", import.meta.url);
const found = /\?mutant=(\d+)$/;

registerHooks({
  // Whatever a mutant imports is of its copy.
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const mark = found.exec(context.parentURL ?? "")?.[0];
    const isOurs = resolved.url.startsWith(root.href) && !resolved.url.includes("/node_modules/");
    return mark !== undefined && isOurs ? { ...resolved, url: `${resolved.url}${mark}` } : resolved;
  },
  load(url, context, next) {
    const mutant = mutants[Number(found.exec(url)?.[1] ?? -1)];
    const plain = url.replace(found, "");
    if (mutant === undefined || plain !== new URL(`src/${mutant.file}`, root).href) return next(url, context);
    return { format: "module-typescript", source: changed(mutant, fileURLToPath(plain)), shortCircuit: true };
  },
});

function changed({ name, changes }: Mutant, file: string): string {
  return changes.reduce(
    (source, [from, to]) => {
      const parts = source.split(from);
      if (parts.length !== 2)
        throw new Error(`"${name}": what it changes is in ${file} ${parts.length - 1} times: ${from}`);
      return parts.join(to);
    },
    readFileSync(file, "utf8"),
  );
}

async function hunt(mutant: Mutant, index: number): Promise<object> {
  const url = new URL(`simulate.ts?mutant=${index}`, import.meta.url).href;
  const { simulate } = (await import(url)) as typeof import("./simulate.ts");
  for (let seed = 1; seed <= mutant.seeds; seed += 1) {
    const { violations } = await simulate(seed);
    if (violations.length > 0) return { name: mutant.name, seed, by: violations[0] };
  }
  return { name: mutant.name };
}

const wanted = process.argv[2] ?? "";
for (const [index, mutant] of mutants.entries())
  if (mutant.name.startsWith(wanted)) console.log(JSON.stringify(await hunt(mutant, index)));
// What a mutant has left under way keeps nobody.
process.exit(0);
