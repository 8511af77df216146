import { join } from "node:path";
import { openCacheKey } from "../../src/secrets/cache-key.ts";

/** For environments: no test makes a key in the home of whoever runs it. */
export const withCacheKey = { TIDEGATE_CACHE_KEY_FILE: join(import.meta.dirname, "cache-key.txt") };

/** The same key. */
export const cacheKey = openCacheKey(withCacheKey).key;
