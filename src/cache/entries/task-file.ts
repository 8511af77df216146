import { hash } from "node:crypto";

const longest = 120;

/**
 * A task's name as a part of the names of files: `@acme/web#build` → `@acme%2Fweb#build`. Different names give different
 * ones; names that stand in a definition stay as they are. At most 140 characters.
 */
export function taskFile(name: string): string {
  const safe = name.replaceAll(/[^A-Za-z0-9_.@#=,:[\]+-]/gu, (character) => encodeURIComponent(character));
  return safe.length <= longest ? safe : `${safe.slice(0, longest)}~${hash("sha256", name).slice(0, 16)}`;
}

/** The name of the file with what a service wrote that ran beside a task: no task's own file has it. */
export function serviceLogName(task: string, service: string): string {
  return `${taskFile(task)}~${service}.log`;
}
