import { join } from "node:path";
import { collect } from "../../src/cache/collect/collect.ts";
import { pipelinePaths } from "../../src/files/state-folder.ts";

/** Collects in the cache of a project, in a process of its own: everything that is not in use. */
const [folder = "."] = process.argv.slice(2);
await collect(pipelinePaths(join(folder, ".tidegate")), { maxBytes: 1, maxAgeMs: 1e9 }, Date.now());
