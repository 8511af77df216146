import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type DevRequest, develop, portsFor as portsForServices } from "../../src/app/dev/dev.ts";
import { interruptedBy } from "../../src/app/ports.ts";
import { processesIn } from "../run/project.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { failureOf, Listener, lendPackages, portsFor } from "./ports.ts";

const server = (text: string) =>
  `import { createServer } from "node:http";
createServer(async (_, response) => {
  const api = process.env.API_URL ? await (await fetch(process.env.API_URL)).text() : "";
  response.end(${JSON.stringify(text)} + process.env.GREETING + api);
}).listen(process.env.PORT, "127.0.0.1", () => console.log(${JSON.stringify(`${text} is up`)}));
`;

const definition = `import { defineProject, local, rolling, service, task, differs } from "tidegate";
import { z } from "zod";
const build = task({ run: "mkdir -p dist && cp src/api.mjs dist/", inputs: ["src/api.mjs"], outputs: ["dist/"] });
const unneeded = task({ run: "touch unneeded", inputs: [] });
const api = service({ run: "node dist/api.mjs", files: ["dist/"], route: "internal" });
const web = service({ run: "node web.mjs", files: ["web.mjs"], needs: [api] });
export default defineProject({
  name: "shop",
  pipeline: { build, unneeded },
  services: { web, api },
  config: { GREETING: differs(z.string(), "each greets in its own way") },
  environments: {
    staging: { driver: local(), strategy: rolling(), config: { GREETING: " for staging " } },
    production: { driver: local(), strategy: rolling(), config: { GREETING: " for production " } },
  },
});
`;

/** A running `develop`, and what its services do, in order. */
function start(files: Readonly<Record<string, string>>, environment?: string) {
  const folder = tempFolder({ ".gitignore": "dist/\n.tidegate/\nnode_modules/\n", ...files });
  lendPackages(folder);
  const stop = new AbortController();
  const said: string[] = [];
  let wake: () => void = () => undefined;
  const onService: DevRequest["onService"] = (service, news) => {
    said.push(`${service} ${news.news === "line" ? news.text : news.news === "ended" ? news.how : news.news}`);
    if (news.news === "ready" && news.address !== undefined) addresses.set(service, news.address);
    wake();
  };
  const addresses = new Map<string, string>();
  const nothing = () => undefined;
  const gone = new AbortController().signal;
  const ports = portsFor(folder, {}, { signal: stop.signal });
  const ended = develop(ports, { environment, onService, onRun: nothing, onTalk: nothing, gone }, new Listener().say);
  onTestFinished(async () => {
    stop.abort(interruptedBy("SIGINT"));
    await ended;
  });
  let isOver = false;
  void ended.then((end) => {
    isOver = true;
    if (!end.ok) said.push(JSON.stringify(end.failures));
    wake();
  });
  /** Resolves when something was said as often as that. */
  const until = async (text: string, times = 1) => {
    while (said.filter((line) => line === text).length < times) {
      if (isOver) throw new Error(said.join("\n"));
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const ask = async (service: string) => (await fetch(addresses.get(service)!)).text();
  const end = async () => {
    stop.abort(interruptedBy("SIGINT"));
    return await ended;
  };
  return { folder, said, until, ask, end, ended };
}

describe("the services of an environment on this machine", () => {
  test("run from the checkout's files, with its config, and again after a change of theirs; nothing is left", async () => {
    const dev = start({ "tidegate.config.ts": definition, "src/api.mjs": server("one"), "web.mjs": server("web") });
    await dev.until("web ready");
    expect(await dev.ask("web")).toBe("web for staging one for staging ");
    expect(existsSync(join(dev.folder, "unneeded"))).toBe(false);
    writeFileSync(join(dev.folder, "src/api.mjs"), server("two"));
    await dev.until("api ready", 2);
    expect(await dev.ask("web")).toBe("web for staging two for staging ");
    expect(dev.said.filter((line) => line === "web starting")).toHaveLength(1);
    writeFileSync(join(dev.folder, "web.mjs"), "process.exit(3);");
    await dev.until("web ended with exit code 3");
    writeFileSync(join(dev.folder, "web.mjs"), server("mended"));
    await dev.until("web ready", 2);
    expect(await dev.ask("web")).toBe("mended for staging two for staging ");
    expect(await dev.end()).toMatchObject({ ok: true });
    expect(processesIn(dev.folder)).toEqual([]);
  });

  test("run without any task, as another environment when it is named", async () => {
    const plain = definition.replace("pipeline: { build, unneeded }", "pipeline: { unneeded }").replace(/dist/g, "src");
    const files = { "tidegate.config.ts": plain, "src/api.mjs": server("one"), "web.mjs": server("web") };
    const dev = start(files, "production");
    await dev.until("web ready");
    expect(await dev.ask("web")).toBe("web for production one for production ");
    expect(existsSync(join(dev.folder, "unneeded"))).toBe(false);
    writeFileSync(join(dev.folder, "src/api.mjs"), server("two"));
    await dev.until("api ready", 2);
    expect(await dev.ask("web")).toBe("web for production two for production ");
    await dev.end();
  });

  test("run on the Node that the project says, and on no other in its place", async () => {
    const dev = start({ "tidegate.config.ts": definition, "web.mjs": server("web"), ".nvmrc": "the newest, please\n" });
    expect(failureOf(await dev.ended).code).toBe("node-unclear");
  });

  test("are told when there is nothing to run, or no such environment", async () => {
    const none =
      'import { defineProject } from "tidegate";\nexport default defineProject({ name: "x", pipeline: {} });\n';
    expect(failureOf(await start({ "tidegate.config.ts": none }).ended).code).toBe("unknown-environment");
    const other = start({ "tidegate.config.ts": definition }, "stagng");
    expect(failureOf(await other.ended).code).toBe("unknown-environment");
  });
});

test("where all ports are in use, dev fails and says so", async () => {
  const { port, close } = await listening();
  expect(failureOf(await portsForServices(["web"], port, port))).toMatchObject({
    code: "port-in-use",
    message: `There is no free port for the service "web": all from ${port} on are in use`,
  });
  await close();
  expect(await portsForServices(["web"], port, port)).toMatchObject({ ok: true });
});

async function listening() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    server.close();
    await once(server, "close");
  };
  return { port: (server.address() as { port: number }).port, close };
}
