import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { describe, expect, it, onTestFinished, type TestContext } from "vitest";
import { task } from "../../src/definition/builders.ts";
import type { TaskOptions } from "../../src/definition/types.ts";
import { failuresOf, outcomes, output, TestProject } from "../run/project.ts";
import { unavailable } from "../support/require.ts";

const node = process.execPath;

/** A service that says who it is; and a client that asks for it by a variable, or anything else by its address. */
const files = {
  "server.mjs": `import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
writeFileSync("by-service", "there");
createServer((request, response) => response.end("from " + process.env.NAME_OF_IT + request.url)).listen(Number(process.env.PORT), process.env.HOST, () => console.log("listening"));
`,
  "client.mjs": `for (const address of process.argv.slice(2)) {
  const answer = await fetch(address.replace("@WEB", process.env.WEB_PORT).replace("@OTHER", process.env.OTHER_PORT)).then((response) => response.text(), () => "nobody");
  console.log(answer);
}
`,
};

const inputs = ["*.mjs"];
const sealed = (options: Omit<TaskOptions, "confine" | "inputs">) => task({ ...options, inputs, confine: "sealed" });

async function requireSeal(context: TestContext): Promise<void> {
  const project = new TestProject(files);
  const services = { web: { run: `${node} server.mjs` } };
  const run = await project.run({ t: sealed({ run: "true", services }) });
  const failure = failuresOf(run, "t").find(({ code }) => code === "confinement-unavailable");
  if (failure !== undefined) unavailable(context, `nothing can be sealed with services: ${failure.cause}`);
}

/** What this process has started and keeps networks open. */
function holders(): string[] {
  const pids = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ");
  return pids.flatMap((pid) => {
    try {
      return readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "cat" ? [pid] : [];
    } catch {
      return [];
    }
  });
}

/** A server of the machine, outside of every seal. */
async function outside(): Promise<number> {
  const server = createServer((_, response) => response.end("from outside"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

describe("a sealed task with services", () => {
  it("reaches them by its loopback, they see what it sees, and nothing else of the machine is there", async (context) => {
    await requireSeal(context);
    const port = await outside();
    const project = new TestProject({ ...files, undeclared: "" });
    const web = { run: `${node} server.mjs`, ready: { http: "/ready" } } as const;
    const t = sealed({
      run: `${node} client.mjs http://127.0.0.1:@WEB/a http://127.0.0.1:@OTHER/b http://127.0.0.1:${port} && ls`,
      services: {
        web: { ...web, env: ["NAME_OF_IT"] },
        other: { run: `ls undeclared; ${node} server.mjs`, ready: { output: "listening" } },
      },
    });
    const run = await project.run({ t }, { environment: { PATH: process.env.PATH!, NAME_OF_IT: "web" } });
    expect(failuresOf(run, "t")).toEqual([]);
    expect(output(run, "t")).toEqual([
      "from web/a",
      "from undefined/b",
      "nobody",
      "by-service",
      "client.mjs",
      "server.mjs",
    ]);
    expect(outcomes(await project.run({ t }))).toEqual({ t: "ran" });
    expect(outcomes(await project.run({ t }))).toEqual({ t: "hit" });
  });

  it("has no place left behind, nor its network, when it fails or is cancelled", async (context) => {
    await requireSeal(context);
    const project = new TestProject(files);
    const services = { web: { run: `${node} server.mjs` } };
    const failed = await project.run({ t: sealed({ run: "exit 3", services }) });
    expect(outcomes(failed)).toEqual({ t: "failed" });
    const stop = new AbortController();
    const cancelled = await project.run(
      { t: sealed({ run: "echo begun; sleep 60", services }) },
      { signal: stop.signal, emit: (event) => event.type === "taskOutput" && stop.abort() },
    );
    expect(outcomes(cancelled)).toEqual({ t: "cancelled" });
    await expect.poll(holders).toEqual([]);
  });

  it("fails when a service is not ready in time, or ends", async (context) => {
    await requireSeal(context);
    const project = new TestProject(files);
    const t = sealed({
      run: "true",
      services: { late: { run: "sleep 60", readyTimeout: "500ms" }, gone: { run: "echo why; exit 4" } },
    });
    const messages = failuresOf(await project.run({ t }), "t").map(({ message }) => message);
    expect(messages).toEqual([
      'Service "late" of task "t" was not ready after 0.5 s',
      'Service "gone" of task "t" ended with exit code 4 before it was ready',
    ]);
  });

  it("shares the machine's network with them when it may use that", async (context) => {
    await requireSeal(context);
    const port = await outside();
    const project = new TestProject(files);
    const t = sealed({
      run: `${node} client.mjs http://127.0.0.1:@WEB/a http://127.0.0.1:${port}`,
      services: { web: { run: `${node} server.mjs` } },
      network: true,
    });
    expect(output(await project.run({ t }), "t")).toEqual(["from undefined/a", "from outside"]);
  });
});
