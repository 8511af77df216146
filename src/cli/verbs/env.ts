import { startAfterRestart } from "../../app/after-restart.ts";
import { type CreateRequest, createEnvironment } from "../../app/environments/create.ts";
import { destroyEnvironments, whatWouldGo } from "../../app/environments/destroy.ts";
import {
  type ChangeRequest,
  changeEnvironments,
  listEnvironments,
  type WhichRequest,
} from "../../app/environments/environments.ts";
import { execute } from "../../app/environments/exec.ts";
import { showEnvironment } from "../../app/environments/show.ts";
import type { WhatGoes } from "../../app/environments/what-goes.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok } from "../../errors/result.ts";
import { ask, mayAsk } from "../ask/ask.ts";
import type { Context } from "../context.ts";
import { environmentLines, goesLine, shownLines } from "../render/lines/environment-lines.ts";
import { reportFailures } from "../render/report-failures.ts";
import { widthOf } from "../render/table.ts";
import { done, note, tell } from "../render/tell.ts";
import { withRenderer } from "../render/with-renderer.ts";
import { showMoment } from "../render/words/made.ts";
import { noticeLine } from "../render/words/notice.ts";
import { defineVerb } from "../verb.ts";
import { withSession, withShownSession } from "../with-session.ts";
import { autostart } from "./env-autostart.ts";
import { snapshotVerbs } from "./env-snapshots.ts";

const oneOrAll = [{ name: "environment", summary: "Which; or --all" }] as const;
const all = { all: { kind: "flag", summary: "Every environment" } } as const;

const list = defineVerb({
  name: "list",
  summary: "Show the environments, what they use of the machine, and when previews end",
  usage: ["env list"],
  examples: [{ command: "tidegate env list", explains: "those of the definition first, then the previews" }],
  options: {},
  run: (context) =>
    withSession(context, "look", async (session) => {
      const listed = await listEnvironments(session);
      if (!listed.ok) return listed;
      if (context.json) for (const row of listed.value) context.stdout.write(`${JSON.stringify(row)}\n`);
      else
        context.stdout.write(`${environmentLines(listed.value, context.now(), widthOf(context.stdout)).join("\n")}\n`);
      return ok(undefined);
    }),
});

const start = defineVerb({
  name: "start",
  summary: "Start what was deployed; finish or revert what was interrupted",
  usage: ["env start <environment>", "env start --all --after-restart"],
  description:
    "Starts the agent if none is running. The agent takes over what is still running and starts what is not.",
  examples: [{ command: "tidegate env start production", explains: "after the machine was restarted" }],
  arguments: oneOrAll,
  options: {
    ...all,
    "after-restart": {
      kind: "flag",
      summary: "Only what should be running; where secrets are lost, redeploy what was serving",
    },
  },
  run: (context, call) => {
    const request = { environment: call.arguments[0], all: call.options.all };
    if (!call.options["after-restart"]) return change(context, "start", call);
    return withShownSession(context, "look", (session, say) => startAfterRestart(session, request, say));
  },
});

const stop = defineVerb({
  name: "stop",
  summary: "Stop an environment's instances and refuse its requests",
  usage: ["env stop <environment>"],
  description: "What was deployed is remembered: env start starts it again.",
  examples: [{ command: "tidegate env stop --all", explains: "leaves nothing of the project running" }],
  arguments: oneOrAll,
  options: all,
  run: (context, call) => change(context, "stop", call),
});

const create = defineVerb({
  name: "create",
  summary: "Create an environment, or a preview of one that ends on its own",
  usage: ["env create <environment>", "env create --preview NAME [--branch B] [--ttl AGE]"],
  description:
    "Creates what the environment needs and deploys nothing. Calling it again creates what is missing, and restarts a preview's lifetime.",
  examples: [
    { command: "tidegate env create --preview login", explains: "at http://login.localhost:8080, for three days" },
    {
      command: "tidegate env create --branch feature/login",
      explains: "as preview feature-login; it ends with its branch",
    },
  ],
  arguments: [{ name: "environment", summary: "One of the definition's environments" }],
  options: {
    preview: { kind: "text", value: "NAME", summary: "Create a preview of that name" },
    branch: { kind: "text", value: "B", summary: "The branch that the preview is for" },
    ttl: { kind: "text", value: "AGE", summary: "How long it lives: 30m, 12h, 3d" },
  },
  run: (context, call) => createOne(context, { environment: call.arguments[0], ...call.options }),
});

const show = defineVerb({
  name: "show",
  summary: "Show one environment: what it is, what it has, what it uses",
  usage: ["env show <environment>"],
  examples: [
    { command: "tidegate env show staging", explains: "its record, release and resources, and where its secrets are" },
  ],
  arguments: [{ name: "environment", summary: "Which one", required: true }],
  options: {},
  run: (context, { arguments: [environment = ""] }) =>
    withSession(context, "look", async (session) => {
      const shown = await showEnvironment(session, { environment });
      if (!shown.ok) return shown;
      tell(context, shown.value, shownLines(shown.value, context.now(), widthOf(context.stdout)));
      return ok(undefined);
    }),
});

const exec = defineVerb({
  name: "exec",
  summary: "Run a command with an environment's config and secrets",
  usage: ["env exec <environment> [--here] [--service NAME] [--interactive] -- COMMAND…"],
  description:
    "Runs in the folder of the serving release, without a shell; secrets are redacted from its output. The exit code is the command's own\n" +
    "(128 plus the number of the signal that ended it). Who ran what is kept in the history.",
  examples: [
    { command: "tidegate env exec staging -- node dist/report.js --week 12", explains: "exits as the command does" },
    {
      command: "tidegate env exec staging -i -- sh -c 'psql \"$DATABASE_URL\"'",
      explains: "an interactive session: the program gets the terminal, and nothing is redacted",
    },
  ],
  arguments: [
    { name: "environment", summary: "Which one", required: true },
    { name: "command", summary: "The program and its arguments, after --", required: true, many: true },
  ],
  options: {
    here: { kind: "flag", summary: "In the project's folder" },
    service: { kind: "text", value: "NAME", summary: "As this service, where services get different values" },
    interactive: { kind: "flag", short: "i", summary: "Give it the terminal; its output is not redacted" },
  },
  run: (context, { arguments: [environment = "", file = "", ...words], options }) =>
    withSession(context, "make", async (session) => {
      const hearsTerminal = process.stdin.isTTY === true;
      if (options.interactive && (context.json || !hearsTerminal || !context.stdout.isTTY)) return failed(noTerminal);
      if (options.interactive) context.yieldTerminal();
      const write = (stream: "stdout" | "stderr", bytes: Uint8Array) =>
        (stream === "stdout" && !context.json ? context.stdout : context.stderr).verbatim(bytes);
      const ran = await execute(session, { environment, command: [file, ...words], ...options, hearsTerminal, write });
      if (!ran.ok) return ran;
      const { exitCode, signal, failure } = ran.value;
      tell(context, { type: "executed", exitCode, ...(signal && { signal }) }, []);
      if (failure !== undefined) reportFailures(context, [failure]);
      return ok(exitCode);
    }),
});

/** What is not a terminal is kept somewhere, where no secret may get to. */
const noTerminal: Failure = {
  code: "bad-arguments",
  message: "--interactive needs a terminal for both input and output",
  hint: "Without --interactive, secrets are redacted, and input and output may be files or pipes.",
};

const destroy = defineVerb({
  name: "destroy",
  summary: "Stop an environment and remove its data",
  usage: ["env destroy <environment> [--yes]"],
  description:
    "Removes what was created for it: what its services kept in TIDEGATE_DATA_DIR, and its resources with their snapshots.\n" +
    "Its history and the releases stay. Without --yes it says what would be removed, and asks; where nobody can be asked, it\n" +
    "removes nothing (exit code 2), nor does it when the answer is no (130).",
  examples: [{ command: "tidegate env destroy staging --yes", explains: "starts afresh with the next deployment" }],
  arguments: oneOrAll,
  options: { ...all, yes: { kind: "flag", summary: "Yes, remove the data" } },
  run: async (context, call) => {
    const [environment] = call.arguments;
    const request = { environment, all: call.options.all };
    const destroy = () =>
      withShownSession(context, "look", (session, say) => destroyEnvironments(session, request, say));
    if (call.options.yes) return destroy();
    let going: readonly WhatGoes[] = [];
    const looked = await withSession(context, "look", async (session) => {
      const found = await whatWouldGo(session, request);
      if (!found.ok) return found;
      going = found.value;
      if (going.length > 0) return mayAsk(context) ? ok(undefined) : failed(unsure(request, going));
      context.stderr.write(`${noticeLine({ notice: "nothingToDestroy", ...(environment && { environment }) })}\n`);
      return ok(undefined);
    });
    if (looked !== exitCodes.done || going.length === 0) return looked;
    if (await askWhether(context, going)) return destroy();
    note(context, "Nothing was removed.");
    return exitCodes.interrupted;
  },
});

export const env = defineVerb({
  name: "env",
  summary: "Create, save, restore and destroy environments and their data",
  usage: ["env create|list|show|exec|start|stop|destroy|autostart|backup|restore|snapshots"],
  examples: [{ command: "tidegate env list", explains: "all environments" }],
  options: {},
  verbs: [create, list, show, exec, start, stop, destroy, autostart, ...snapshotVerbs],
});

function askWhether(context: Context, going: readonly WhatGoes[]): Promise<boolean | undefined> {
  note(context, going.map((one) => `${one.environment}: ${goesLine(one)}`).join("\n"));
  return ask(context, "Remove this for good?", "no");
}

function unsure({ environment }: WhichRequest, going: readonly WhatGoes[]): Failure {
  return {
    code: "bad-arguments",
    message: "This permanently removes what was created for the environment, and was not confirmed",
    cause: going.map((one) => `${one.environment}: ${goesLine(one)}`).join("\n"),
    hint: `If you mean it: tidegate env destroy ${environment ?? "--all"} --yes`,
  };
}

function createOne(context: Context, request: CreateRequest): Promise<number> {
  return withSession(context, "make", async (session) => {
    const created = await withRenderer(context, (say) => createEnvironment(session, request, say));
    if (!created.ok) return created;
    const { name, url, endsAt } = created.value;
    const until = endsAt === undefined ? "" : `, until ${showMoment(endsAt)}`;
    tell(context, created.value, [
      done(context, `${name} is there${until}  ${url}`),
      `  Deploy to it: tidegate deploy ${name}`,
    ]);
    return ok(undefined);
  });
}

interface EnvironmentsCall {
  readonly arguments: readonly string[];
  readonly options: { readonly all: boolean };
}

function change(context: Context, what: ChangeRequest["what"], call: EnvironmentsCall): Promise<number> {
  const [environment] = call.arguments;
  return withShownSession(context, "look", (session, say) =>
    changeEnvironments(session, { what, environment, all: call.options.all }, say),
  );
}
