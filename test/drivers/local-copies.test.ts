import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Protection } from "../../src/drivers/local/copies/protection.ts";
import { temporaryFolder } from "../process/support.ts";
import { inReadOnly } from "../support/remove-tree.ts";
import { answer, codes, jobEnded, output, value } from "./conformance.ts";
import { contentOf } from "./content.ts";
import { copyIn, createLocal, dataIn, fixtures, jobIn, specIn } from "./support.ts";

/** A machine on which nothing keeps processes from writing to their release. */
class NoProtection extends Protection {
  override async isGiven(): Promise<boolean> {
    return false;
  }
  override async around<T>(argv: T): Promise<T> {
    return argv;
  }
}

const names = (folder: string) => readdirSync(folder).sort();

describe("a copy that was changed from outside", () => {
  test("is put aside, told of, and made anew; what runs from it is not disturbed", async () => {
    const reported: unknown[] = [];
    const under = await createLocal({ report: (problem) => reported.push(problem) });
    const { address } = value(await under.driver.start(specIn(under, "old"), 1));
    await answer(address!);
    inReadOnly(copyIn(under), () => rmSync(join(copyIn(under), "worker.mjs")));
    value(await under.driver.prepare("staging", fixtures, 1));
    expect(existsSync(join(copyIn(under), "worker.mjs"))).toBe(true);
    expect(reported).toMatchObject([{ environment: "staging", differs: "missing: worker.mjs" }]);
    expect(await answer(address!)).toBeDefined();
    expect(names(join(copyIn(under), "..")).filter((name) => name.includes(".aside."))).toHaveLength(1);
    value(await under.driver.stop("staging", "old", 0, 1));
    value(await under.driver.forget("staging", fixtures.digest, 1));
    expect(names(join(copyIn(under), ".."))).toEqual([]);
  });

  test("only by its times is as good as it was: its content says so", async () => {
    const under = await createLocal();
    utimesSync(join(copyIn(under), "server.mjs"), 1, 1);
    value(await under.driver.prepare("staging", fixtures, 1));
    expect(names(join(copyIn(under), ".."))).toHaveLength(2);
    expect(value(await under.driver.verify("staging", fixtures))).toEqual({ added: [], changed: [], missing: [] });
  });

  test("of which nothing says how it was is made anew", async () => {
    const under = await createLocal();
    writeFileSync(`${copyIn(under)}.json`, "{");
    expect(value(await under.driver.verify("staging", fixtures))?.changed).toHaveLength(1);
    value(await under.driver.start(specIn(under, "a"), 1));
    expect(value(await under.driver.verify("staging", fixtures))).toEqual({ added: [], changed: [], missing: [] });
  });

  test("by a link of a writable folder that leads elsewhere is noticed", async () => {
    const under = await createLocal();
    const content = contentOf(join(import.meta.dirname, "fixtures"), ["kept/"]);
    value(await under.driver.prepare("staging", content, 1));
    const copy = copyIn({ ...under, release: content });
    chmodSync(copy, 0o755);
    rmSync(join(copy, "kept"));
    cpSync(dataIn(under), join(copy, "kept"), { recursive: true });
    const deviation = value(await under.driver.verify("staging", content));
    expect(deviation?.changed).toEqual(["kept"]);
  });
});

describe("promise 20: where nothing keeps a service from writing to its release", () => {
  test("what it wrote is found before the next start, which is refused with the line to add; nothing is lost", async () => {
    const under = await createLocal({ protection: new NoProtection() });
    inReadOnly(copyIn(under), () => {
      mkdirSync(join(copyIn(under), "instance"), { recursive: true });
      writeFileSync(join(copyIn(under), "instance/app.db"), "data");
    });
    const started = await under.driver.start(specIn(under, "a"), 1);
    expect(codes(started)).toEqual(["release-written"]);
    expect(JSON.stringify(started)).toContain('writes: [\\"instance/\\"]');
    expect(codes(await under.driver.prepare("staging", fixtures, 1))).toEqual(["release-written"]);
    expect(readFileSync(join(copyIn(under), "instance/app.db"), "utf8")).toBe("data");
  });

  test("what Python compiles beside its code is no data", async () => {
    const under = await createLocal({ protection: new NoProtection() });
    inReadOnly(copyIn(under), () => {
      mkdirSync(join(copyIn(under), "__pycache__"), { recursive: true });
      writeFileSync(join(copyIn(under), "__pycache__/app.pyc"), "x");
    });
    value(await under.driver.start(specIn(under, "a"), 1));
  });
});

test("a process that cannot write to its release can write everywhere else that it could before", async () => {
  const under = await createLocal();
  const elsewhere = join(temporaryFolder(), "file");
  value(await under.driver.startJob(jobIn(under, "j", `echo x > ${JSON.stringify(elsewhere)}; echo x > here`), 1));
  expect(await jobEnded(under.driver, "j")).not.toMatchObject({ exit: { code: 0 } });
  expect(readFileSync(elsewhere, "utf8")).toBe("x\n");
  expect((await output(under.driver, "j", 5)).join()).toMatch(/read-only|denied/i);
});

test("promise 20: a file that services write to begins as it was shipped, if at all, and stays from release to release", async () => {
  const under = await createLocal();
  const writes = ["new.sqlite3", "seed/first.txt"];
  const content = contentOf(join(import.meta.dirname, "fixtures"), writes);
  value(await under.driver.prepare("staging", content, 1));
  const copy = copyIn({ ...under, release: content });
  expect(readFileSync(join(copy, "seed/first.txt"), "utf8")).toBe("shipped\n");
  expect(names(join(copy, "seed"))).toEqual(["first.txt", "gone.txt"]);
  writeFileSync(join(copy, "new.sqlite3"), "data");
  writeFileSync(join(copy, "seed/first.txt"), "changed");
  expect(value(await under.driver.verify("staging", content))).toEqual({ added: [], changed: [], missing: [] });
  const next = contentOf(join(import.meta.dirname, "fixtures"), [...writes, "other/"]);
  value(await under.driver.prepare("staging", next, 1));
  const after = copyIn({ ...under, release: next });
  expect(readFileSync(join(after, "new.sqlite3"), "utf8")).toBe("data");
  expect(readFileSync(join(after, "seed/first.txt"), "utf8")).toBe("changed");
});

test("a folder that services write to is found through the release", async () => {
  const under = await createLocal();
  const content = contentOf(join(import.meta.dirname, "fixtures"), ["seed/"]);
  value(await under.driver.prepare("staging", content, 1));
  expect(names(join(dataIn(under), "writes/seed"))).toEqual(["first.txt", "gone.txt"]);
  expect(readFileSync(join(copyIn({ ...under, release: content }), "seed/first.txt"), "utf8")).toBe("shipped\n");
});
