import { hash } from "node:crypto";
import type { Task } from "../definition/types.ts";
import type { Part } from "../inputs/part.ts";

/** What says which tests a task runs and where it reports them, and not what the tests have to work on. */
const besides = /^(task:(run|outputs|reports)|env:TIDEGATE_SHARD_(INDEX|TOTAL)|quarantine:.*)$/;

/**
 * What a task's tests had to work on: its fingerprint, but the same for each of its shards and for those of its test
 * files that are run again. With the same digest the same test should give the same result.
 */
export function testDigest({ run, expansion }: Task, parts: readonly Part[]): string {
  const counting = parts.filter(([name]) => !besides.test(name));
  return `sha256:${hash("sha256", JSON.stringify([expansion?.run ?? run, ...counting]))}`;
}
