import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort, Stage } from "../scripts/demo/stage.ts";
import { type LoadAnswer, startLoad } from "../test/support/load.ts";

/**
 * 100,000 requests through the gateway while releases come and go: rolling deployments and rollbacks in turn, without
 * a pause. Prints sent, lost and wrong; ends with 1 when any was. A request is wrong when its answer comes from a
 * release that was not allowed to serve at that moment.
 */
const wanted = Number(process.argv[2] ?? 100_000);
const limitMs = 10 * 60_000;

const server = `
import { createServer } from "node:http";
const { HOST, PORT, TIDEGATE_RELEASE } = process.env;
const server = createServer((request, response) => {
  let size = 0;
  request.on("data", (bytes) => (size += bytes.length));
  request.on("end", () => setTimeout(() => response.writeHead(200, { "x-release": TIDEGATE_RELEASE }).end("x".repeat(100) + size), Math.random() * 4));
}).listen(Number(PORT), HOST);
process.once("SIGTERM", () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

const definition = (port: number) => `
import { defineProject, differs, local, rolling, service, task } from "tidegate";
const build = task({ run: "node build.mjs", inputs: ["build.mjs", "server.mjs", "version.txt"], outputs: ["dist/"] });
const web = service({ run: "node dist/server.mjs", files: ["dist/"], health: "/" });
export default defineProject({
  name: "requests", pipeline: { build }, services: { web },
  environments: { production: { driver: local({ url: "http://127.0.0.1:${port}" }), strategy: rolling(), replicas: { web: differs(2, "to roll") } } },
});
`;

const stage = new Stage("requests", {});
const port = await freePort();
const files = {
  "server.mjs": server,
  "build.mjs": `import { cpSync, mkdirSync } from "node:fs"; mkdirSync("dist"); for (const f of ["server.mjs", "version.txt"]) cpSync(f, "dist/" + f);`,
  "tidegate.config.ts": definition(port),
};
for (const [name, text] of Object.entries(files)) writeFileSync(join(stage.folder, name), text);

/** Releases that may answer now. */
const allowed = new Set<string>();
const begun = performance.now();
/** Those that served, the serving one last. */
const releases: string[] = [];
let turns = 0;

try {
  await ship();
  const load = startLoad({
    url: `http://127.0.0.1:${port}/`,
    connections: 16,
    check: (answer) => answer.status === 200 && answer.body.startsWith("x") && mayAnswer(answer),
  });
  try {
    while (load.finished < wanted && performance.now() - begun < limitMs) await (turns % 3 === 2 ? rollBack() : ship());
  } finally {
    await load.stop();
  }
  const { sent, lost, wrong, byRelease, reasons } = await load.stop();
  const seconds = (performance.now() - begun) / 1000;
  console.log(
    `${sent} requests during ${turns} deployments and rollbacks in ${seconds.toFixed(0)} s: ${lost} lost, ${wrong} wrong (${Object.keys(byRelease).length} releases)`,
  );
  if (lost > 0 || sent < wanted)
    throw new Error([`lost: ${reasons.join("; ")}`, `sent ${sent} of ${wanted}`].join("\n"));
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await stage.close();
}

function mayAnswer({ headers }: LoadAnswer): boolean {
  return allowed.has(String(headers["x-release"]));
}

async function ship(): Promise<void> {
  writeFileSync(join(stage.folder, "version.txt"), String(turns));
  const release = (await stage.tidegateQuietly(["release"])).trim();
  await change(release, ["deploy", "production", "--release", release]);
  releases.push(release);
}

/** The release that is left is refused from then on; the one before it serves. */
async function rollBack(): Promise<void> {
  releases.pop();
  await change(releases.at(-1) ?? "", ["rollback", "production"]);
}

/** While traffic moves old and new may answer; once the command has ended only the new one. */
async function change(release: string, args: readonly string[]): Promise<void> {
  turns += 1;
  allowed.add(release);
  await stage.tidegateQuietly(args);
  // What the old ones answered before may still be on its way through this process.
  await wait(100);
  for (const other of allowed) if (other !== release) allowed.delete(other);
}
