import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { Driver } from "../../src/drivers/driver.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { eventually } from "../process/support.ts";
import { jobEnded, output, outputHas, value } from "./conformance.ts";
import { anotherLocal, createLocal, dataIn, type LocalUnderTest, optionsIn, workerIn } from "./support.ts";

const secret = "correct-horse-battery-staple";
const source = join(import.meta.dirname, "../../src/drivers/local/local-driver.ts");

const tending: AbortController[] = [];
afterEach(() => {
  for (const one of tending.splice(0)) one.abort();
});

function tend(driver: Driver): AbortController {
  const over = new AbortController();
  tending.push(over);
  void driver.tend((problem) => console.error(problem), over.signal);
  return over;
}

/** An instance that runs shell lines, and goes on with the next when a line is written to `pipe`. */
function scripted(under: LocalUnderTest, id: string, script: string) {
  const command = `cd "$TIDEGATE_DATA_DIR"; mkfifo ${id}.pipe; ${script}; exec sleep 600`;
  return { ...workerIn(under, id), command, env: { KEY: new Secret(secret) } };
}

const goOn = (under: LocalUnderTest, id: string) => writeFileSync(join(dataIn(under), `${id}.pipe`), "go on\n");
const pause = (id: string) => `read wait < ${id}.pipe`;

function allIn(folder: string): string {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1")).join("\n");
}

const spoolsOf = (under: LocalUnderTest) => readdirSync(join(under.folder, "spools"));
const logOf = (under: LocalUnderTest, id: string) =>
  readFileSync(join(under.stateFolder, "instances/staging", id, "output.log"), "utf8");

test("a secret that is written in two halves never rests in the state folder", async () => {
  const under = await createLocal();
  const halves = `printf 'it is %s' correct-horse; ${pause("a")}; echo "-battery-staple."; echo done`;
  value(await under.driver.start(scripted(under, "a", halves), 1));
  await outputHas(under.driver, "a", "it is ");
  expect(await output(under.driver, "a", 9)).toEqual(["it is "]);
  goOn(under, "a");
  await outputHas(under.driver, "a", "it is [secret].");
  expect(allIn(under.stateFolder)).not.toContain("horse");
  // The control: it really was there to be hidden.
  expect(allIn(join(under.folder, "spools"))).toContain(secret);
});

test("what may be the beginning of a secret comes to the log when the process ends without the rest", async () => {
  const under = await createLocal();
  value(await under.driver.start(scripted(under, "a", "printf 'last words: correct-'"), 1));
  await outputHas(under.driver, "a", "last words: ");
  value(await under.driver.stop("staging", "a", 1_000, 1));
  expect(await output(under.driver, "a", 9)).toEqual(["last words: correct-"]);
});

test("raw output is private, outside of the state folder, and gone with its process", async () => {
  const under = await createLocal();
  value(await under.driver.start(scripted(under, "a", 'echo "$KEY"'), 1));
  await outputHas(under.driver, "a", "[secret]");
  const [spool] = spoolsOf(under);
  expect(statSync(join(under.folder, "spools")).mode & 0o777).toBe(0o700);
  expect(statSync(join(under.folder, "spools", spool!)).mode & 0o777).toBe(0o600);
  value(await under.driver.stop("staging", "a", 1_000, 1));
  expect(spoolsOf(under)).toEqual([]);
  expect(await output(under.driver, "a", 9)).toEqual(["[secret]"]);
});

test("a spool goes when its process ends by itself, once what that left running has ended, too", async () => {
  const under = await createLocal();
  const script = `cd "$TIDEGATE_DATA_DIR"; mkfifo a.pipe; (read wait < a.pipe; echo "from the orphan: $KEY") & echo parent`;
  value(await under.driver.start({ ...scripted(under, "a", ""), command: script }, 1));
  tend(under.driver);
  await eventually(() => expect(logOf(under, "a")).toBe("parent\n"));
  expect(spoolsOf(under)).toHaveLength(1);
  goOn(under, "a");
  await eventually(() => expect(spoolsOf(under)).toEqual([]));
  expect(logOf(under, "a")).toBe("parent\nfrom the orphan: [secret]\n");
});

test("one that is started anew writes on behind what it wrote before", async () => {
  const under = await createLocal();
  for (const word of ["first", "second"]) {
    value(await under.driver.start({ ...scripted(under, "a", ""), command: `echo ${word}; exit 1` }, 1));
    await outputHas(under.driver, "a", word);
    value(await under.driver.stop("staging", "a", 0, 1));
  }
  expect(await output(under.driver, "a", 9)).toEqual(["first", "second"]);
});

test("a job's output is redacted, and its spool gone", async () => {
  const under = await createLocal();
  const job = { ...workerIn(under, "j"), command: 'echo "$KEY"; exit 3', env: { KEY: new Secret(secret) } };
  value(await under.driver.startJob({ ...job, timeoutMs: 60_000 }, 1));
  expect(await jobEnded(under.driver, "j")).toMatchObject({ exit: { code: 3 } });
  expect(await output(under.driver, "j", 9)).toEqual(["[secret]"]);
  expect(spoolsOf(under)).toEqual([]);
  expect(allIn(under.stateFolder)).not.toContain(secret);
});

/** A driver's process that starts an instance and looks after its output. */
async function owner(under: LocalUnderTest, spec: object) {
  const script = `
    import { localDriver } from ${JSON.stringify(source)};
    import { Secret } from ${JSON.stringify(join(import.meta.dirname, "../../src/secrets/secret.ts"))};
    const options = ${JSON.stringify(optionsIn(under.folder, under.stateFolder))};
    const spools = { ...options.spools, secretsOf: () => [new Secret(${JSON.stringify(secret)})] };
    const driver = localDriver({ ...options, spools });
    const spec = { ...${JSON.stringify(spec)}, env: { KEY: new Secret(${JSON.stringify(secret)}) } };
    await driver.start(spec, 1);
    console.log("started");
    driver.tend(() => {}, new AbortController().signal);
    setInterval(() => {}, 1000);`;
  const env = { PATH: process.env.PATH, HOME: under.folder };
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
    env,
  });
  await once(child.stdout, "data");
  return child;
}

/** A driver that finds the secrets again that were given to processes. */
function knowing(under: LocalUnderTest): Driver {
  const { spools } = optionsIn(under.folder, under.stateFolder);
  return anotherLocal(under, { spools: { ...spools!, secretsOf: () => [new Secret(secret)] } });
}

test("every line comes to the log exactly once, whenever whoever takes it over is killed", async () => {
  const under = await createLocal();
  // In pieces that are not lines, until it is asked to end.
  const writer = `
    let text = "";
    let n = 0;
    setInterval(() => {
      while (text.length < 61) text += "line " + n++ + " " + process.env.KEY + "\\n";
      process.stdout.write(text.slice(0, 61));
      text = text.slice(61);
    }, 0);`;
  const spec = { ...workerIn(under, "a"), command: [under.node, "-e", writer] };
  for (let round = 0; round < 5; round++) {
    const child = await owner(under, spec);
    // Another moment in each round.
    const before = existsSync(join(under.stateFolder, "instances/staging/a/output.log")) ? logOf(under, "a").length : 0;
    await eventually(() => expect(logOf(under, "a").length).toBeGreaterThan(before));
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  value(await knowing(under).stop("staging", "a", 20_000, 1));
  // The last line may have been cut off.
  const lines = logOf(under, "a").split("\n").slice(0, -1);
  expect(lines).toEqual(lines.map((_, n) => `line ${n} [secret]`));
});

test("while nobody knows the secrets any more output is withheld, and shown once somebody does", async () => {
  const under = await createLocal();
  value(await under.driver.start(scripted(under, "a", `echo one; ${pause("a")}; echo "two $KEY"`), 1));
  await outputHas(under.driver, "a", "one");
  goOn(under, "a");
  await eventually(() => expect(allIn(join(under.folder, "spools"))).toContain("two"));
  const unknowing = anotherLocal(under);
  expect(await output(unknowing, "a", 9)).toEqual(["one", expect.stringContaining("withheld")]);
  expect(await output(unknowing, "a", 9)).toHaveLength(2);
  expect((await output(knowing(under), "a", 9)).at(-1)).toBe("two [secret]");
  value(await unknowing.stop("staging", "a", 0, 1));
  expect(allIn(under.stateFolder)).not.toContain(secret);
});

test("what was withheld to the end is thrown away with its spool", async () => {
  const under = await createLocal();
  value(await under.driver.start(scripted(under, "a", 'echo "$KEY"'), 1));
  await eventually(() => expect(allIn(join(under.folder, "spools"))).toContain(secret));
  const unknowing = anotherLocal(under);
  value(await unknowing.stop("staging", "a", 0, 1));
  expect(await output(unknowing, "a", 9)).toEqual([expect.stringContaining("withheld")]);
  expect(spoolsOf(under)).toEqual([]);
});

test("spools that no instance and no job has are removed", async () => {
  const under = await createLocal();
  value(await under.driver.start(scripted(under, "a", "echo here"), 1));
  await outputHas(under.driver, "a", "here");
  const [own] = spoolsOf(under);
  writeFileSync(join(under.folder, "spools", "0123-4567"), secret);
  tend(anotherLocal(under));
  await eventually(() => expect(spoolsOf(under)).toEqual([own]));
});

test("of more than the log can hold, written while nobody was there, the end is kept, and the gap is told", async () => {
  const under = await createLocal({ outputLimitBytes: 1_000_000 });
  const lines = 150_000;
  const script = `yes "a line of forty characters, more or less" | head -n ${lines}; echo "$KEY the end"`;
  value(await under.driver.start(scripted(under, "a", script), 1));
  const [spool] = spoolsOf(under);
  await eventually(() =>
    expect(readFileSync(join(under.folder, "spools", spool!), "latin1").endsWith("the end\n")).toBe(true),
  );
  expect((await output(under.driver, "a", 1)).at(-1)).toBe("[secret] the end");
  const folder = join(under.stateFolder, "instances/staging/a");
  const files = readdirSync(folder).filter((name) => name.startsWith("output.log"));
  const kept = files.map((file) => readFileSync(join(folder, file), "utf8")).join("");
  expect(kept.length).toBeLessThan(5_000_000);
  expect(kept.length).toBeGreaterThan(1_000_000);
});
