import { observeEnvironments } from "../../agent/observe.ts";
import { findEnvironment } from "../../app/find-environment.ts";
import type { Session } from "../../app/session.ts";
import { resolveConfig } from "../../config/resolve.ts";
import { toEnvironmentVariables } from "../../config/resolved.ts";
import type { Project } from "../../definition/types.ts";
import { environmentOrder } from "../../environment/order.ts";
import type { EnvironmentStatus } from "../../environment/status.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import { exitOf } from "../../errors/exit-of.ts";
import { ok } from "../../errors/result.ts";
import { statusLines } from "../render/lines/status-lines.ts";
import { palette } from "../render/palette.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

export const status = defineVerb({
  name: "status",
  summary: "Show what runs where, by looking",
  usage: ["status [environment]"],
  description:
    "Looks at the processes, their health and the gateway's routes; nothing is taken from memory alone. Exit code 1\n" +
    "when something is not as it should be; 4 when what is recorded is not understood.",
  examples: [
    { command: "tidegate status", explains: "all environments" },
    { command: "tidegate status production --json", explains: "one of them, for a script" },
  ],
  arguments: [{ name: "environment", summary: "Only this one" }],
  options: {},
  run: (context, call) =>
    withSession(context, "look", async (session) => {
      const names = await namesOf(session, call.arguments[0]);
      if (!names.ok) return names;
      const { store, stateFolder } = session;
      const declared = (name: string) => declaredConfig(session.project, name);
      const request = { store, stateFolder, names: names.value, now: context.now(), declared };
      const observed = await observeEnvironments(request);
      if (!observed.ok) return observed;
      if (context.json) for (const one of observed.value) context.stdout.write(`${JSON.stringify(one)}\n`);
      else
        context.stdout.write(
          `${statusLines(observed.value, context.now(), palette(context.stdout.color)).join("\n")}\n`,
        );
      const unreadable = observed.value.flatMap((one) => one.unreadable ?? []);
      if (unreadable.length > 0) return ok(exitOf(unreadable));
      return ok(observed.value.every(isWell) ? exitCodes.done : exitCodes.failed);
    }),
});

/** What a deployment would bring now, but for secrets; `undefined` when the definition does not say or is wrong there. */
async function declaredConfig(project: Project, name: string): Promise<Readonly<Record<string, string>> | undefined> {
  if (!Object.hasOwn(project.environments, name)) return undefined;
  const config = await resolveConfig(project, name, undefined);
  if (!config.ok) return undefined;
  const texts = Object.entries(toEnvironmentVariables(config.value));
  return Object.fromEntries(texts.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

/** The definition's environments, and those that it no longer has but that still run something. */
async function namesOf(session: Session, name: string | undefined) {
  const stored = await session.store.environments();
  const names = environmentOrder(session.project);
  const unfinished = await session.store.unfinishedDeployments();
  const isInUse = (name: string) => unfinished.some(({ environment }) => environment === name);
  const others = stored.filter(
    (record) => !names.includes(record.name) && (record.serving !== undefined || isInUse(record.name)),
  );
  if (name === undefined) return ok([...names, ...others.map((record) => record.name)]);
  if (others.some((record) => record.name === name)) return ok([name]);
  const found = findEnvironment(session, name);
  return found.ok ? ok([found.value]) : found;
}

function isWell({ state }: EnvironmentStatus): boolean {
  return state !== "degraded" && state !== "down" && state !== "interrupted";
}
