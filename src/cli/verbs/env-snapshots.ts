import {
  backUp,
  type ListedSnapshot,
  listSnapshots,
  restore as restoreResources,
} from "../../app/environments/resources.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import { showBytes, showDuration } from "../../errors/quantities.ts";
import { ok } from "../../errors/result.ts";
import { shellWord } from "../../errors/shell-word.ts";
import { ask, mayAsk } from "../ask/ask.ts";
import { showAge } from "../render/lines/show-age.ts";
import { reportFailures } from "../render/report-failures.ts";
import { table, widthOf } from "../render/table.ts";
import { note } from "../render/tell.ts";
import { showReason } from "../render/words/resources.ts";
import { defineVerb } from "../verb.ts";
import { withSession, withShownSession } from "../with-session.ts";

const which = [{ name: "environment", summary: "Which one", required: true }] as const;
const resource = { kind: "text", value: "NAME", summary: "Only this resource" } as const;

const backup = defineVerb({
  name: "backup",
  summary: "Save what an environment's databases and folders contain now",
  usage: ["env backup <environment>"],
  description:
    "Takes a snapshot of each resource at one moment, while it is in use. The last five and those of the last seven days\n" +
    "are kept, unless the resource's `backup` says otherwise.",
  examples: [
    { command: "tidegate env backup production", explains: "every resource" },
    { command: "tidegate env backup production --resource db", explains: "one of them" },
  ],
  arguments: which,
  options: { resource },
  run: (context, { arguments: [environment = ""], options }) =>
    withShownSession(context, "look", (session, say) =>
      backUp(session, { environment, resource: options.resource }, say),
    ),
});

const restore = defineVerb({
  name: "restore",
  summary: "Restore an environment's databases and folders from a snapshot",
  usage: ["env restore <environment> [options]"],
  description:
    "Their current content is saved first, so that this can be undone. The instances that use them are stopped meanwhile\n" +
    "and started again. Without --at, it takes the newest snapshot that was not itself made before a restore. On a\n" +
    "terminal you are asked first (exit code 130 after a no); elsewhere, say --yes.",
  examples: [
    { command: "tidegate env restore staging --yes", explains: "every resource, from its newest snapshot" },
    { command: "tidegate env restore production --at 12 --yes", explains: "from snapshot 12" },
  ],
  arguments: which,
  options: {
    resource,
    at: { kind: "number", value: "SNAPSHOT", summary: "The snapshot's number, as env snapshots shows it" },
    yes: { kind: "flag", summary: "Yes, replace what they contain now" },
  },
  run: async (context, { arguments: [environment = ""], options }) => {
    const { resource: name, at } = options;
    const message = "This replaces what the resources contain now, and stops what uses them meanwhile";
    const isAsked = !options.yes && mayAsk(context);
    if (options.yes || (isAsked && (await ask(context, `${message}. Go on?`, "no"))))
      return withShownSession(context, "look", (session, say) =>
        restoreResources(session, { environment, resource: name, at }, say),
      );
    if (isAsked) {
      note(context, "Nothing was restored.");
      return exitCodes.interrupted;
    }
    const which = [environment, ...(name === undefined ? [] : ["--resource", name]), ...(at ? ["--at", `${at}`] : [])];
    const hint = `If you mean it: tidegate env restore ${which.map(shellWord).join(" ")} --yes`;
    return reportFailures(context, [{ code: "bad-arguments", message, hint }]);
  },
});

const snapshots = defineVerb({
  name: "snapshots",
  summary: "List the snapshots of an environment's resources, newest first",
  usage: ["env snapshots <environment>"],
  examples: [{ command: "tidegate env snapshots production", explains: "number, age, why it was made, size" }],
  arguments: which,
  options: { resource },
  run: (context, { arguments: [environment = ""], options }) =>
    withSession(context, "look", async (session) => {
      const listed = await listSnapshots(session, { environment, resource: options.resource });
      if (!listed.ok) return listed;
      const { stdout, json } = context;
      if (json) for (const one of listed.value) stdout.write(`${JSON.stringify(one)}\n`);
      else if (listed.value.length === 0) context.stderr.write(`There are no snapshots of ${environment} yet.\n`);
      else {
        const rows = listed.value.map((one) => row(one, context.now()));
        stdout.write(`${table(rows, "", widthOf(stdout)).join("\n")}\n`);
      }
      return ok(undefined);
    }),
});

/** What `env` can do with snapshots. */
export const snapshotVerbs = [backup, restore, snapshots];

function row({ id, resource: name, at, because, bytes, version, rehearsed }: ListedSnapshot, now: number): string[] {
  const tried = rehearsed && (rehearsed.ok ? `tried in ${showDuration(rehearsed.ms)}` : "CANNOT be restored");
  return [`#${id}`, name, showAge(at, now), showReason(because), showBytes(bytes), version ?? "", tried ?? "not tried"];
}
