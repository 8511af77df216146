import { backupState } from "../../app/state/backup.ts";
import { checkWholeState } from "../../app/state/check.ts";
import { restoreState } from "../../app/state/restore.ts";
import { acceptState, beginState, chooseState, type ListedState, listStates } from "../../app/state/states.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import { count, showBytes } from "../../errors/quantities.ts";
import { type Context, portsOf } from "../context.ts";
import { progressLine } from "../render/progress-line.ts";
import { reportFailures } from "../render/report-failures.ts";
import { safeLine } from "../render/safe-text.ts";
import { defineVerb } from "../verb.ts";

const list = defineVerb({
  name: "list",
  summary: "Show the states on this machine: project, id, checkouts, what is serving",
  usage: ["state list"],
  examples: [{ command: "tidegate state list", explains: "the state of the current project is marked" }],
  options: {},
  run: async (context) => {
    const found = await listStates(portsOf(context));
    if (!found.ok) return reportFailures(context, found.failures);
    const { home, states } = found.value;
    if (context.json) for (const state of states) context.stdout.write(`${JSON.stringify(record(state))}\n`);
    else if (states.length === 0) context.stderr.write(`There is no state in ${home} yet.\n`);
    else context.stdout.write(`${states.flatMap(lines).join("\n")}\n`);
    return exitCodes.done;
  },
});

const use = defineVerb({
  name: "use",
  summary: "Attach this checkout to an existing state: that of another clone of the project",
  usage: ["state use <id>"],
  description: "From then on, both checkouts deploy to the same environments. The beginning of the id is enough.",
  examples: [{ command: "tidegate state use 3f9c2a7b1e0d", explains: "as tidegate state list shows it" }],
  arguments: [{ name: "id", summary: "Of the state", required: true }],
  options: {},
  run: async (context, { arguments: [id = ""] }) =>
    tellChoice(context, await chooseState(portsOf(context), id), "This checkout belongs to the state"),
});

const begin = defineVerb({
  name: "new",
  summary: "Give this checkout a new, empty state, with its own environments",
  usage: ["state new"],
  description:
    "What another state of this project serves keeps running; state list shows it, state use leads back to it.",
  examples: [{ command: "tidegate state new", explains: "in a clone that should have its own environments" }],
  options: {},
  run: async (context) => tellChoice(context, await beginState(portsOf(context)), "This checkout has a new state:"),
});

const accept = defineVerb({
  name: "accept",
  summary: "Continue with a state that has lost its newest part",
  usage: ["state accept"],
  description:
    "As long as the gateway or instances know of something that the state does not, nothing is deployed. After this, what\n" +
    "the state says counts again: whatever is newer is replaced by the next command that needs the agent.",
  examples: [{ command: "tidegate state accept", explains: "when there is no newer state to put back" }],
  options: {},
  run: async (context) => {
    const accepted = await acceptState(portsOf(context));
    if (!accepted.ok) return reportFailures(context, accepted.failures);
    if (context.json) context.stdout.write(`${JSON.stringify({ type: "stateAccepted", ...accepted.value })}\n`);
    else context.stdout.write("What the state says counts again. Deploy to bring it up to date: tidegate ship\n");
    return exitCodes.done;
  },
});

const backup = defineVerb({
  name: "backup",
  summary: "Write everything needed to restore the state to one file, while everything runs",
  usage: ["state backup <file> [--no-data]"],
  description:
    "The store at one moment, the files of releases, the driver's records, and the data of services as it is found.\n" +
    "Secrets stay sealed. Databases and folders of `resources` are not included: env backup saves those.",
  examples: [{ command: "tidegate state backup /var/backups/shop.db", explains: "private to you; must not exist yet" }],
  arguments: [{ name: "file", summary: "Where to", required: true }],
  options: { "no-data": { kind: "flag", summary: "Leave out the data of services" } },
  run: async (context, { arguments: [file = ""], options }) => {
    const progress = progressLine(context);
    const onProgress = (done: number, of: number) => progress.show("backed up", done, of);
    const done = await backupState(portsOf(context), { file, hasData: !options["no-data"], onProgress });
    progress.clear();
    if (!done.ok) return reportFailures(context, done.failures);
    const { files, bytes, leftOut } = done.value;
    if (context.json) context.stdout.write(`${JSON.stringify({ type: "stateBackedUp", ...done.value })}\n`);
    else context.stdout.write(`${safeLine(done.value.file)}: ${count(files, "file")}, ${showBytes(bytes)}\n`);
    if (leftOut.length > 0 && !context.json)
      context.stderr.write(
        `Not included are the data and snapshots of resources: ${leftOut.map(safeLine).join(", ")}\n` +
          "Save them as well: tidegate env backup ENVIRONMENT\n",
      );
    return exitCodes.done;
  },
});

const restore = defineVerb({
  name: "restore",
  summary: "Restore the state from a backup; the current store is kept aside",
  usage: ["state restore <file>"],
  description:
    "What is serving keeps serving. If it is newer than the backup, nothing is deployed until that is accepted. Data of\n" +
    "services is restored only where there is none.",
  examples: [{ command: "tidegate state restore /var/backups/shop.db", explains: "works even if the state is gone" }],
  arguments: [{ name: "file", summary: "Written by: tidegate state backup", required: true }],
  options: {},
  run: async (context, { arguments: [file = ""] }) => {
    const progress = progressLine(context);
    const onProgress = (done: number, of: number) => progress.show("restored", done, of);
    const done = await restoreState(portsOf(context), { file, onProgress });
    progress.clear();
    if (!done.ok) return reportFailures(context, done.failures);
    const { stateFolder, at, aside, outdated } = done.value;
    if (context.json)
      context.stdout.write(
        `${JSON.stringify({ type: "stateRestored", folder: stateFolder, at, aside: aside ?? null })}\n`,
      );
    else {
      context.stdout.write(`${safeLine(stateFolder)} is as it was at ${new Date(at).toISOString()}\n`);
      if (aside !== undefined) context.stdout.write(`The previous store is in ${safeLine(aside)}\n`);
    }
    return outdated === undefined ? exitCodes.done : reportFailures(context, [outdated]);
  },
});

const check = defineVerb({
  name: "check",
  summary: "Read the whole state, and report what is damaged",
  usage: ["state check"],
  description: "The store, every stored file by its digest, every release, the records of instances. Changes nothing.",
  examples: [{ command: "tidegate state check", explains: "after a power cut, or on a disk that you do not trust" }],
  options: {},
  run: async (context) => {
    const progress = progressLine(context);
    const found = await checkWholeState(portsOf(context), (done, of) => progress.show("verified", done, of));
    progress.clear();
    if (!found.ok) return reportFailures(context, found.failures);
    const { problems, releases, blobs, stateFolder } = found.value;
    if (problems.length > 0) return reportFailures(context, problems);
    if (context.json) context.stdout.write(`${JSON.stringify({ type: "stateChecked", ...found.value })}\n`);
    else
      context.stdout.write(
        `${safeLine(stateFolder)} is sound: ${count(releases, "release")}, ${count(blobs, "stored file")}\n`,
      );
    return exitCodes.done;
  },
});

export const state = defineVerb({
  name: "state",
  summary: "Manage the state that environments depend on: where it is, backups, integrity",
  usage: ["state list|use|new|backup|restore|check|accept"],
  description:
    "The state of a project (store, releases, data, sealed secrets) is kept outside its checkouts, so that what is serving\n" +
    "does not depend on a folder of sources.",
  examples: [{ command: "tidegate state list", explains: "all states on this machine" }],
  options: {},
  verbs: [list, use, begin, backup, restore, check, accept],
});

function record({ id, name, stateFolder, places, serves, isHere }: ListedState): object {
  const checkouts = places.map(({ path }) => path);
  return { type: "state", id, project: name, folder: stateFolder, checkouts, serves: serves ?? null, here: isHere };
}

function lines({ id, name, stateFolder, places, serves, isHere }: ListedState): string[] {
  const within = (place: (typeof places)[number]) =>
    place.kind === "git" && place.project !== "." ? ` (${safeLine(place.project)})` : "";
  return [
    `${safeLine(name) || "(unknown)"}  ${id}${isHere ? "  of the project here" : ""}`,
    `  ${safeLine(stateFolder)}`,
    ...places.map((place) => `  belongs to ${safeLine(place.path)}${within(place)}`),
    ...(serves === undefined
      ? ["  this version cannot read what it serves"]
      : serves.map(({ environment, deployment }) => `  serves ${environment}: deployment ${deployment}`)),
  ];
}

function tellChoice(context: Context, chosen: Awaited<ReturnType<typeof beginState>>, what: string) {
  if (!chosen.ok) return reportFailures(context, chosen.failures);
  const { id, stateFolder } = chosen.value;
  if (context.json) context.stdout.write(`${JSON.stringify({ type: "stateChosen", id, folder: stateFolder })}\n`);
  else context.stdout.write(`${what} ${id}: ${safeLine(stateFolder)}\n`);
  return exitCodes.done;
}
