import { describe, expect, test } from "vitest";
import { type ExecRequest, execute } from "../../src/app/environments/exec.ts";
import { history } from "../../src/app/environments/history.ts";
import { backUp, listSnapshots, restore } from "../../src/app/environments/resources.ts";
import { showEnvironment } from "../../src/app/environments/show.ts";
import { explainName } from "../../src/app/explain/explain-name.ts";
import { logs } from "../../src/app/logs/logs.ts";
import { interruptedBy } from "../../src/app/ports.ts";
import { type Session, withSession } from "../../src/app/session.ts";
import type { Result } from "../../src/errors/result.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { failureOf, Listener, lendPackages, portsFor, unwrap } from "./ports.ts";

const definition = `import { defineProject, folder, local, recreate, service, task } from "tidegate";
const build = task({ run: "true", inputs: ["in.txt"] });
const [pictures, letters] = [folder(), folder()];
const web = service({ run: "true", files: ["in.txt"], health: "/", uses: { DATA: pictures } });
const mail = service({ run: "true", files: ["in.txt"], route: false, uses: { DATA: letters } });
export default defineProject({
  name: "small",
  pipeline: { build },
  services: { web, mail },
  resources: { pictures, letters },
  environments: { staging: { driver: local(), strategy: recreate() } },
});
`;

function projectFolder(text = definition): string {
  const folder = tempFolder({ "tidegate.config.ts": text, "in.txt": "one" });
  lendPackages(folder);
  return folder;
}

const withoutUses = definition
  .replaceAll(/, uses: \{[^}]*\}/g, "")
  .replace("  resources: { pictures, letters },\n", "");
const say = new Listener().say;

function inSession<T>(work: (session: Session) => Promise<Result<T>>, text?: string): Promise<Result<T>> {
  return withSession(portsFor(projectFolder(text)), "make", work);
}

const quiet: Omit<ExecRequest, "command"> = {
  environment: "staging",
  here: true,
  interactive: false,
  hearsTerminal: false,
  write: () => undefined,
};

describe("a resource that the environment does not have", () => {
  test("is a mistake of the call, found before the agent is asked", async () => {
    const request = { environment: "staging", resource: "picture" };
    for (const work of [
      (session: Session) => backUp(session, request, say),
      (session: Session) => restore(session, request, say),
      (session: Session) => listSnapshots(session, request),
    ]) {
      const failure = failureOf(await inSession<unknown>(work));
      expect(failure).toMatchObject({ code: "unknown-resource", hint: 'Did you mean "pictures"?' });
    }
    expect(unwrap(await inSession((session) => listSnapshots(session, { ...request, resource: "pictures" })))).toEqual(
      [],
    );
  });
});

describe("an environment that is gone", () => {
  test("is told as that, also where a task could be meant", async () => {
    const ports = portsFor(projectFolder());
    const made = await withSession(ports, "make", async ({ store }) =>
      store.acquireLease({ environment: "login", holder: "one", ttlMs: 1 }),
    );
    unwrap(made);
    const request = { name: "login", run: "last", lines: 1, follow: false };
    const outcomes: Result<unknown>[] = [
      await logs(ports, request),
      await logs(ports, { ...request, follow: true }),
      await explainName(ports, { task: "login", run: "last" }),
      await withSession(ports, "look", (session) => showEnvironment(session, { environment: "login" })),
      await withSession(ports, "look", (session) => listSnapshots(session, { environment: "login" })),
    ];
    for (const outcome of outcomes)
      expect(failureOf(outcome)).toMatchObject({
        code: "unknown-environment",
        message: expect.stringContaining('"login" is gone'),
        hint: expect.stringContaining("Its environments: staging"),
      });
  });

  test("is not what a task that never ran is", async () => {
    const ports = portsFor(projectFolder());
    expect(failureOf(await logs(ports, { name: "nothing", run: "last", lines: 1, follow: false })).code).toBe(
      "unknown-run",
    );
  });
});

describe("a command with what an environment's services get", () => {
  test("is not run where two services mean different things by a variable, until one is named", async () => {
    const run = (service?: string) =>
      inSession((session) => execute(session, { ...quiet, command: ["true"], service }));
    const failure = failureOf(await run());
    expect(failure).toMatchObject({ code: "bad-arguments", hint: expect.stringContaining("--service web") });
    expect(failureOf(await run("wep"))).toMatchObject({ code: "unknown-service", hint: 'Did you mean "web"?' });
  });

  test.each([
    [["sh", "-c", "exit 7"], { exitCode: 7, failure: { code: "command-failed" } }],
    [["sh", "-c", "kill -TERM $$"], { exitCode: 143, signal: "SIGTERM" }],
    [["no-such-program"], { exitCode: 127, failure: { message: "no-such-program cannot be started" } }],
    [["/etc/passwd"], { exitCode: 126 }],
    [["true"], { exitCode: 0 }],
  ] as const)("ends as the command does: %j", async (command, ended) => {
    const ran = await inSession((session) => execute(session, { ...quiet, command: [...command] }), withoutUses);
    expect(unwrap(ran)).toMatchObject(ended);
  });

  test("stands in the history before it starts, so that a kill loses nothing but the end", async () => {
    const heard: string[] = [];
    const kept = await inSession(async (session) => {
      const types = async () => {
        const page = await session.store.events({ after: 0, limit: 9 });
        return page.ok ? page.value.events.map(({ event }) => (event as { type: string }).type) : [];
      };
      const { promise, resolve } = Promise.withResolvers<void>();
      const stop = new AbortController();
      const ports = { ...session.ports, signal: stop.signal };
      const write = () => resolve();
      const command = ["sh", "-c", "trap 'exit 9' INT; echo; while :; do read -r _; done"] as const;
      const running = execute({ ...session, ports }, { ...quiet, command, write });
      await promise;
      heard.push(...(await types()));
      stop.abort(interruptedBy("SIGINT"));
      const ran = await running;
      expect(unwrap(ran).exitCode).toBe(9);
      heard.push("then", ...(await types()));
      const [latest] = unwrap(await history(session, { limit: 1 }));
      expect(latest).toMatchObject({ event: { type: "commandRun", exitCode: 9, command } });
      return ran;
    }, withoutUses);
    expect(kept.ok).toBe(true);
    expect(heard).toEqual(["commandBegun", "then", "commandBegun", "commandRun"]);
  });
});
