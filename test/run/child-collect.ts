import { join } from "node:path";
import { collect } from "../../src/cache/collect/collect.ts";
import { pipelinePaths } from "../../src/files/state-folder.ts";
import { cacheKey } from "../support/cache-key.ts";

/** Collects in the cache of a project, in a process of its own: everything that is not in use. */
const [folder = "."] = process.argv.slice(2);
await collect(pipelinePaths(join(folder, ".tidegate")), cacheKey, { maxBytes: 1, maxAgeMs: 1e9 }, Date.now());
