import { acceptState, beginState, chooseState, type ListedState, listStates } from "../../app/state/states.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import { type Context, portsOf } from "../context.ts";
import { reportFailures } from "../render/report-failures.ts";
import { safeLine } from "../render/safe-text.ts";
import { defineVerb } from "../verb.ts";

const list = defineVerb({
  name: "list",
  summary: "Show the states of this machine: project, id, checkouts, what serves",
  usage: ["state list"],
  examples: [{ command: "tidegate state list", explains: "the one of the project here is marked" }],
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
  summary: "Let this checkout belong to a state that is there: another clone of the same project",
  usage: ["state use <id>"],
  description: "From then on both checkouts deploy to the same environments. The beginning of the id is enough.",
  examples: [{ command: "tidegate state use 3f9c2a7b1e0d", explains: "as tidegate state list shows it" }],
  arguments: [{ name: "id", summary: "Of the state", required: true }],
  options: {},
  run: async (context, { arguments: [id = ""] }) =>
    tellChoice(context, await chooseState(portsOf(context), id), "This checkout belongs to the state"),
});

const begin = defineVerb({
  name: "new",
  summary: "Let this checkout have a state of its own, which is empty: environments of its own",
  usage: ["state new"],
  description: "What another state of this project serves goes on; state list shows it, state use leads back to it.",
  examples: [{ command: "tidegate state new", explains: "in a clone that is to have environments of its own" }],
  options: {},
  run: async (context) => tellChoice(context, await beginState(portsOf(context)), "This checkout has a new state:"),
});

const accept = defineVerb({
  name: "accept",
  summary: "Go on from a state that has lost its newest part",
  usage: ["state accept"],
  description:
    "As long as the gateway or instances know of something that the state does not, nothing is deployed. With this what\n" +
    "the state says holds again: what is newer is replaced by the next command that needs the agent.",
  examples: [{ command: "tidegate state accept", explains: "when there is no newer state to put back" }],
  options: {},
  run: async (context) => {
    const accepted = await acceptState(portsOf(context));
    if (!accepted.ok) return reportFailures(context, accepted.failures);
    if (context.json) context.stdout.write(`${JSON.stringify({ type: "stateAccepted", ...accepted.value })}\n`);
    else context.stdout.write("What the state says holds again. Deploy to bring it up to date: tidegate ship\n");
    return exitCodes.done;
  },
});

export const state = defineVerb({
  name: "state",
  summary: "Look after what environments live from: where it is, and whose",
  usage: ["state list|use|new|accept"],
  description:
    "The state of a project (store, releases, data, sealed secrets) is outside of its checkouts, so that what serves\n" +
    "does not care what becomes of a folder of sources.",
  examples: [{ command: "tidegate state list", explains: "all states of this machine" }],
  options: {},
  verbs: [list, use, begin, accept],
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
      ? ["  what it serves cannot be read with this version"]
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
