import { type Json, objectOf } from "../relaxed-json.ts";
import type { Repository } from "../repository.ts";

/** These do not end by themselves. */
export const goesOn = /^(serve|dev|start|preview|watch)/;

/** With which options nx runs what it is asked for and nothing else; before version 20 it has none for a target's needs. */
export function runsAlone(repository: Repository): string {
  const { dependencies, devDependencies } = repository.readJson("package.json");
  const { nx } = { ...objectOf(dependencies), ...objectOf(devDependencies) };
  const major = /^\D*(\d+)/.exec(String(nx))?.[1];
  return major !== undefined && Number(major) < 20 ? "--skipNxCache" : "--excludeTaskDependencies --skipNxCache";
}

/** Why a target is nothing for a pipeline; `undefined` when it may be something. */
export function reasonAgainst({ executor, dependsOn }: Json): string | undefined {
  if (/^@nx\/js:(prune-lockfile|copy-workspace-modules)$/.test(String(executor)))
    return "it prepares a folder for an image, which a release does without";
  if (executor === "nx:noop") return "it does nothing itself: start what it depends on";
  const servers = (Array.isArray(dependsOn) ? dependsOn : []).filter((each) =>
    /:(serve|start|dev)$/.test(String(each)),
  );
  return servers.length === 0
    ? undefined
    : "it needs a server that nx starts beside it: add a task for it, with the server in its `services`";
}

/** What `nx:run-commands`, `nx:run-script` and a plain `command` run; `undefined` for other executors. */
export function commandOf(target: Json): string | undefined {
  const options = objectOf(target.options);
  const { cwd } = options;
  if (cwd !== undefined) return undefined;
  if (typeof target.command === "string") return target.command;
  if (target.executor !== "nx:run-commands") return undefined;
  if (typeof options.command === "string") return options.command;
  const commands = (Array.isArray(options.commands) ? options.commands : []).map((each) =>
    typeof each === "string" ? each : objectOf(each).command,
  );
  const isPlain = commands.length > 0 && commands.every((each) => typeof each === "string");
  return isPlain && (options.parallel === false || commands.length === 1) ? commands.join(" && ") : undefined;
}
