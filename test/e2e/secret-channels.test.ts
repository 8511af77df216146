import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type CarelessProject, carelessProject } from "./secret-channels/careless-project.ts";
import { commandLinesDuring, filesBelow, textsIn } from "./secret-channels/channels.ts";
import { everything, Needles } from "./secret-channels/needles.ts";

const wholes = new Needles("wholes");
const pieces = new Needles("pieces");

test("promise 6: thirty secrets that everything tells, in every encoding and in all chunkings, come out nowhere", {
  timeout: 300_000,
}, async () => {
  const careless = await carelessProject();
  await careless.encrypt();
  careless.commit();
  const commandLines = await commandLinesDuring(async () => {
    await tellInTasks(careless);
    await tellInDeployments(careless);
    await tellInAnswers(careless);
    await tellInErrors(careless);
  });

  const channels = new Map([["command lines", commandLines], ...channelsOf(careless)]);
  expect(channels.size).toBeGreaterThan(150);
  expect(leaksIn(channels)).toEqual({});
  // It was told there.
  for (const label of ["a", "b", "c", "d", "build", "migration", "check", "service"])
    expect(wholes.in(careless.told(label)).length, label).toBe(everything);
  for (const [channel, least] of marks) {
    const bytes = Buffer.concat([...channels].filter(([name]) => name.includes(channel)).map(([, one]) => one));
    expect(bytes.toString("latin1").split("[secret]").length, channel).toBeGreaterThan(least);
  }
});

test("a run that declares no secrets shows all of them to the same search", async () => {
  const careless = await carelessProject();
  careless.define("");
  await careless.call(0, "run", "d", "--json");
  await careless.call(0, "logs", "d");
  const channels = channelsOf(careless);
  const found = (channel: string) =>
    wholes.in(Buffer.concat(channels.filter(([name]) => name.includes(channel)).map(([, bytes]) => bytes)));
  // All but those in addresses, whose credentials are hidden without being declared; what has several lines is told as
  // several events.
  const nearlyAll = everything * 0.9;
  for (const channel of ["logs d: stdout", "--json: stdout: texts", ".tidegate"])
    expect(found(channel).length, channel).toBeGreaterThan(nearlyAll);
  expect(found("reports").length).toBeGreaterThan(30);
  for (const needles of [wholes, pieces]) expect(needles.in(careless.told("d")).length).toBeGreaterThan(nearlyAll);
});

/** In channels whose name contains the text there are at least so many hidden secrets: they were told there, too. */
const marks: readonly (readonly [channel: string, least: number])[] = [
  ["run --junit run.xml: stderr", 5_000],
  ["run --json: stdout", 5_000],
  ["run --replay: stderr", 5_000],
  ["logs d: stdout", 1_000],
  ["logs staging --lines 100000: stdout", 1_000],
  ["ship: stderr", 3_000],
  ["ship --json: stdout: texts", 3_000],
  ["release list --json: stdout", 1],
  ["explain 2: stdout", 10],
  ["explain 4 --json: stdout", 10],
  ["history --json: stdout", 10],
  [".tidegate/runs/", 10_000],
  ["/state.db: values", 50],
  [".tidegate/tests/history.sqlite: values", 50],
  ["reports/", 100],
  ["the report run.xml", 10],
];

async function tellInTasks(careless: CarelessProject): Promise<void> {
  careless.version({ fails: true });
  await careless.call(1, "run", "--junit", "run.xml");
  careless.version({});
  await careless.call(0, "run", "--json");
  await careless.call(0, "run", "--replay");
  await careless.call(0, "run", "--replay", "--json");
  for (const task of ["a", "d"]) {
    await careless.call(0, "logs", task);
    await careless.call(0, "logs", task, "--run", "1", "--json");
    await careless.call(0, "explain", task);
    await careless.call(0, "explain", task, "--run", "1", "--json");
  }
  await careless.call(0, "tests");
  await careless.call(0, "tests", "--json");
}

async function tellInDeployments(careless: CarelessProject): Promise<void> {
  await careless.call(0, "ship");
  careless.version({ isSick: true });
  await careless.call(1, "ship");
  careless.version({ refuses: "check" });
  await careless.call(3, "ship", "--json");
  careless.version({ refuses: "migration" });
  await careless.call(1, "ship");
  careless.version({ leaks: true });
  await careless.call(3, "ship");
}

async function tellInAnswers(careless: CarelessProject): Promise<void> {
  await careless.call(0, "logs", "staging", "--lines", "100000");
  await careless.call(0, "logs", "staging", "--json");
  for (const verb of ["status", "history", "plan"]) await both(careless, 0, verb);
  for (const deployment of ["1", "2", "3", "4"]) await both(careless, 0, "explain", deployment);
  await both(careless, 0, "release", "list");
  const [release] = await careless.project.json<{ digest: string }>("release", "list");
  await both(careless, 0, "release", "show", release!.digest);
  await both(careless, 0, "config", "show");
  await both(careless, 0, "config", "explain", "SECRET_10", "--env", "staging");
  await both(careless, 0, "config", "check");
  for (const format of ["env", "json", "yaml", "kubernetes"])
    await careless.call(0, "config", "export", "--env", "staging", "--format", format);
  await both(careless, 0, "secrets", "list");
  await both(careless, 0, "secrets", "check");
  // In what the build wrote.
  await both(careless, 3, "secrets", "scan");
  await both(careless, 3, "secrets", "scan", "--history");
  await careless.call(0, "doctor");
}

async function tellInErrors(careless: CarelessProject): Promise<void> {
  careless.define('secret(z.string().refine(() => false, { error: ({ input }) => "it is " + input }))');
  await both(careless, 2, "check");
  await both(careless, 2, "config", "check");
  await both(careless, 2, "deploy", "staging");
}

async function both(careless: CarelessProject, code: number, ...args: string[]): Promise<void> {
  await Promise.all([careless.call(code, ...args), careless.call(code, ...args, "--json")]);
}

/** Everything that was printed, and everything that the project has on the disk, but for what the build wrote. */
function channelsOf({ said, project }: CarelessProject): [string, Buffer][] {
  const texts = [...said]
    .filter(([name]) => name.includes("--json"))
    .map(([name, bytes]): [string, Buffer] => {
      return [`${name}: texts`, textsIn(bytes)];
    });
  const report = join(project.folder, "run.xml");
  return [
    ...said,
    ...texts,
    ...(existsSync(report) ? [["the report run.xml", readFileSync(report)] as [string, Buffer]] : []),
    ...filesBelow(project.checkoutFolder, ".tidegate"),
    ...filesBelow(project.stateHome, "the state"),
    ...filesBelow(join(project.folder, "reports"), "reports"),
    ...filesBelow(join(project.folder, "secrets"), "secrets"),
  ];
}

/** What was found where. */
function leaksIn(channels: ReadonlyMap<string, Buffer>): Record<string, string[]> {
  const found = [...channels].map(([name, bytes]) => [name, [...wholes.in(bytes), ...pieces.in(bytes)]] as const);
  return Object.fromEntries(
    found.filter(([, leaks]) => leaks.length > 0).map(([name, leaks]) => [name, leaks.slice(0, 5)]),
  );
}
