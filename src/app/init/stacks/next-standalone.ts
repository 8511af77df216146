import type { ServiceDraft } from "../draft.ts";
import type { Repository } from "../repository.ts";
import { nextOutput } from "./node-outputs.ts";
import { programFacts } from "./node-sources.ts";

/** Where Next.js puts a server with all that it needs, packages included, where its settings say `output: "standalone"`. */
const folder = ".next/standalone/";

function isStandalone(repository: Repository, build: string): boolean {
  return /\bnext build\b/.test(build) && nextOutput(repository) === "standalone";
}

/**
 * What has to follow the build: Next.js leaves out of that folder what a CDN is thought to serve. `undefined` where nothing has
 * to, or the project's own script does so.
 */
export function standaloneCopies(repository: Repository, build: string): string | undefined {
  if (!isStandalone(repository, build) || build.includes("standalone")) return undefined;
  const copies = [
    `cp -R .next/static ${folder}.next/`,
    ...(repository.has("public/") ? [`cp -R public ${folder}`] : []),
  ];
  return copies.join(" && ");
}

/** That server, for what `next start` would start, or its own program; `undefined` when it is anything else. */
export function standaloneService(repository: Repository, build: string, run: string): ServiceDraft | undefined {
  if (!isStandalone(repository, build) || !/^next start\b|\.next\/standalone\/server\.js$/.test(run)) return undefined;
  const { health } = programFacts(repository);
  return {
    name: "web",
    run: `node ${folder}server.js`,
    files: [folder],
    ...(health !== undefined && { health }),
    remarks: [`Its settings say output: "standalone", so that all it needs is in ${folder}, packages included.`],
  };
}

/** That there is a smaller release to be had, where `next start` needs all that is installed for production. */
export function standaloneRemark(repository: Repository, run: string): string | undefined {
  if (!/\bnext start\b/.test(run) || nextOutput(repository) !== undefined) return undefined;
  return 'With output: "standalone" in the settings of Next.js (then tidegate init --force), the release holds only those packages that its server loads.';
}
