import module from "node:module";
import { cacheFolder } from "../launcher/cache-folder.ts";

/**
 * Keeps compiled code between calls, in a folder only this user can write: whoever writes there decides what runs.
 * NODE_COMPILE_CACHE (another folder) and NODE_DISABLE_COMPILE_CACHE keep their meaning. Without a safe folder
 * there is no cache.
 */
export function enableCompileCache(): void {
  if (process.env.NODE_COMPILE_CACHE || process.env.NODE_DISABLE_COMPILE_CACHE) return;
  const folder = cacheFolder("compiled", process.env);
  if (folder !== undefined) module.enableCompileCache(folder);
}
