import { exitCodes } from "../../errors/exit-code.ts";
import { findState } from "../../state/find-state.ts";
import { stateHome } from "../../state/home.ts";
import { type KnownState, knownStates } from "../../state/known-states.ts";
import { joinState, newState } from "../../state/open-state.ts";
import { peekServing } from "../../state/peek-serving.ts";
import type { Context } from "../context.ts";
import { openProject, placeOf } from "../open-project.ts";
import { safeLine } from "../render/safe-text.ts";
import { reportFailures } from "../report-failures.ts";
import { defineVerb } from "../verb.ts";

const list = defineVerb({
  name: "list",
  summary: "Show the states of this machine: project, id, checkouts, what serves",
  usage: ["state list"],
  examples: [{ command: "tidegate state list", explains: "the one of the project here is marked" }],
  options: {},
  run: async (context) => {
    const home = stateHome(context.env);
    if (!home.ok) return reportFailures(context, home.failures);
    const own = await ownId(context);
    const found = knownStates(home.value).map((state) => ({ ...state, serves: peekServing(state.stateFolder) }));
    if (context.json) {
      for (const { id, name, stateFolder, places, serves } of found)
        context.stdout.write(
          `${JSON.stringify({ type: "state", id, project: name, folder: stateFolder, places: places.map(({ path }) => path), serves: serves ?? null, here: id === own })}\n`,
        );
      return exitCodes.done;
    }
    if (found.length === 0) context.stderr.write(`There is no state in ${home.value} yet.\n`);
    const lines = found.flatMap(({ id, name, stateFolder, places, serves }) => [
      `${safeLine(name) || "(unknown)"}  ${id}${id === own ? "  ← of the project here" : ""}`,
      `  ${stateFolder}`,
      ...places.map((place) => `  checkout: ${safeLine(place.path)}${inside(place)}`),
      ...(serves === undefined
        ? ["  what it serves cannot be read with this version"]
        : serves.map(({ environment, deployment }) => `  serves: ${environment}, deployment ${deployment}`)),
    ]);
    context.stdout.write(lines.map((line) => `${line}\n`).join(""));
    return exitCodes.done;
  },
});

function inside(place: KnownState["places"][number]): string {
  return place.kind === "git" && place.project !== "." ? ` (${safeLine(place.project)})` : "";
}

const use = defineVerb({
  name: "use",
  summary: "Let this checkout belong to a state that is there: another clone of the same project",
  usage: ["state use <id>"],
  description: "From then on both checkouts deploy to the same environments. The beginning of the id is enough.",
  examples: [{ command: "tidegate state use 3f9c2a7b1e0d", explains: "as tidegate state list shows it" }],
  arguments: [{ name: "id", summary: "Of the state", required: true }],
  options: {},
  run: async (context, { arguments: [id = ""] }) => {
    const opened = await openProject(context);
    if (!opened.ok) return reportFailures(context, opened.failures);
    const home = stateHome(context.env);
    if (!home.ok) return reportFailures(context, home.failures);
    const joined = await joinState(placeOf(opened.value, context), id, knownStates(home.value));
    return tell(context, joined, "This checkout belongs to the state");
  },
});

const make = defineVerb({
  name: "new",
  summary: "Let this checkout have a state of its own, which is empty: environments of its own",
  usage: ["state new"],
  description: "What another state of this project serves goes on; state list shows it, state use leads back to it.",
  examples: [{ command: "tidegate state new", explains: "in a clone that is to have environments of its own" }],
  options: {},
  run: async (context) => {
    const opened = await openProject(context);
    if (!opened.ok) return reportFailures(context, opened.failures);
    return tell(context, await newState(placeOf(opened.value, context)), "This checkout has a new state:");
  },
});

export const state = defineVerb({
  name: "state",
  summary: "Look after what environments live from: where it is, backups, whether it is whole",
  usage: ["state list|use|new"],
  description:
    "The state of a project (store, releases, data, sealed secrets) is outside of its checkouts, so that what serves\n" +
    "does not care what becomes of a folder of sources.",
  examples: [{ command: "tidegate state list", explains: "all states of this machine" }],
  options: {},
  verbs: [list, use, make],
});

function tell(context: Context, done: Awaited<ReturnType<typeof newState>>, what: string) {
  if (!done.ok) return reportFailures(context, done.failures);
  const { id, stateFolder } = done.value;
  if (context.json) context.stdout.write(`${JSON.stringify({ type: "stateChosen", id, folder: stateFolder })}\n`);
  else context.stdout.write(`${what} ${id}: ${stateFolder}\n`);
  return exitCodes.done;
}

/** Of the state that the project here belongs to, if there is a project and it does. */
async function ownId(context: Context): Promise<string | undefined> {
  const opened = await openProject(context);
  if (!opened.ok) return undefined;
  const found = findState(placeOf(opened.value, context));
  return found.ok && found.value.is === "own" ? found.value.state.id : undefined;
}
