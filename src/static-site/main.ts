import { exitCodes } from "../errors/exit-code.ts";
import { parseArguments, type StaticArguments } from "./arguments.ts";
import { SiteFiles } from "./files.ts";
import { siteServer } from "./server.ts";
import type { SiteOptions } from "./site.ts";

/**
 * An instance of a static site: `node main.ts tidegate:static <folder> …`. It serves the files of the folder on PORT until it
 * is asked to stop, and finishes what is under way. It knows nothing else of Tidegate, and writes nothing but what went wrong.
 */
const given = parseArguments(process.argv.slice(3));
if (given === undefined) fail("usage: <folder> [--base=/path] [--fallback=file] [--immutable=folder/] [pattern …]");
else await serve(given);

async function serve({ folder, base, fallback, immutable, patterns }: StaticArguments): Promise<void> {
  const files = await SiteFiles.open(folder, patterns).catch(() => undefined);
  if (files === undefined) return fail(`There is no folder ${folder} in the release`);
  const page = fallback === undefined ? {} : { fallback: namesOf(fallback) };
  const options: SiteOptions = { base: namesOf(base), immutable, ...page };
  if (options.fallback !== undefined && (await files.file(options.fallback)) === undefined)
    return fail(`There is no file ${fallback} in ${folder}, which should answer for paths that are no files`);
  const server = siteServer(files, options, (line) => process.stderr.write(`${line}\n`));
  server.on("error", ({ message }) => fail(message));
  server.listen(Number(process.env.PORT ?? 0), process.env.HOST ?? "127.0.0.1");
  const end = () => server.close(() => process.exit(exitCodes.done));
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, end);
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = exitCodes.failed;
}
