import {
  backUp,
  type ListedSnapshot,
  listSnapshots,
  restore as restoreResources,
} from "../../app/environments/resources.ts";
import { showBytes, showDuration } from "../../errors/quantities.ts";
import { ok } from "../../errors/result.ts";
import { showAge } from "../render/lines/show-age.ts";
import { reportFailures } from "../render/report-failures.ts";
import { table, widthOf } from "../render/table.ts";
import { showReason } from "../render/words/resources.ts";
import { defineVerb } from "../verb.ts";
import { withSession, withShownSession } from "../with-session.ts";

const which = [{ name: "environment", summary: "Which one", required: true }] as const;
const resource = { kind: "text", value: "NAME", summary: "Only this resource" } as const;

const backup = defineVerb({
  name: "backup",
  summary: "Save what an environment's databases and folders keep now",
  usage: ["env backup <environment>"],
  description:
    "A snapshot of each resource, as it is at one moment, while it is in use. Kept are the last five and those of seven days;\n" +
    "`backup` of the resource says otherwise.",
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
  summary: "Make an environment's databases and folders what they were",
  usage: ["env restore <environment> --yes"],
  description:
    "What they are now is saved before, so that it can be undone. The instances that use them are stopped meanwhile and\n" +
    "brought back. Without --at it is the newest snapshot that was not itself made before a restore.",
  examples: [
    { command: "tidegate env restore staging --yes", explains: "every resource, from its newest snapshot" },
    { command: "tidegate env restore production --at 12 --yes", explains: "from snapshot 12" },
  ],
  arguments: which,
  options: {
    resource,
    at: { kind: "number", value: "SNAPSHOT", summary: "The snapshot's number, as env snapshots shows it" },
    yes: { kind: "flag", summary: "Yes, replace what they keep now" },
  },
  run: async (context, { arguments: [environment = ""], options }) => {
    if (options.yes)
      return withShownSession(context, "look", (session, say) =>
        restoreResources(session, { environment, resource: options.resource, at: options.at }, say),
      );
    const message = "This replaces what the resources keep now; what uses them does not run meanwhile";
    const hint = `If that is meant: tidegate env restore ${environment} --yes`;
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
