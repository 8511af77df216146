import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { testProject } from "../support/project.ts";

interface Entry {
  readonly seq: number;
  readonly action: string;
  readonly environment?: string;
  readonly deployment?: number;
  readonly reason?: string;
  readonly by?: { readonly user: string; readonly git?: { readonly name?: string } };
  readonly details?: object;
}

test("who did what and why is in a log that says so when anything of it is changed, and what was exported proves the rest", async () => {
  const project = await testProject({ hasSecret: true });
  await project.ok("ship", "staging");
  project.version("two");
  await project.ok("ship", "staging");
  await project.ok("rollback", "staging", "--reason", "it is slow");
  const [release] = await project.json<{ digest: string }>("release", "list");
  await project.ok("release", "clear", release!.digest);
  await project.ok("env", "exec", "staging", "--", "sh", "-c", `echo '${project.secret} (s)' >/dev/null`);
  await project.ok("env", "stop", "staging");
  await project.ok("env", "start", "staging");

  const entries = (await project.json<Entry>("audit")).toReversed();
  expect(entries.map(({ action }) => action)).toEqual([
    ...["deploy", "end", "deploy", "end", "quarantine", "rollback", "end"],
    ...["clear-quarantine", "run-command", "stop-environment", "start-environment"],
  ]);
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
  expect(entries[5]).toMatchObject({ environment: "staging", deployment: 3, reason: "it is slow" });
  expect(entries[1]).toMatchObject({ deployment: 1, details: { outcome: "deployed" } });
  const byPeople = entries.filter(({ action }) => action !== "end");
  expect(byPeople.every(({ by }) => by?.user !== undefined)).toBe(true);
  expect(JSON.stringify(entries)).not.toContain(project.secret);
  expect((await project.ok("audit", "staging", "--limit", "2")).stdout).toMatch(
    /^11 {2}just now {2}start-environment .*\n10 {2}just now {2}stop-environment .*\n$/,
  );
  expect(await project.json("audit", "--who", "nobody here")).toEqual([]);
  expect(await project.json("audit", "--since", "2999-01-01")).toEqual([]);

  const file = join(project.folder, "audit.jsonl");
  await project.ok("audit", "export", file);
  expect(readFileSync(file, "utf8")).not.toContain(project.secret);
  const { stdout } = await project.ok("audit", "verify", file);
  expect(stdout).toMatch(
    /Proven: entries 1 to 11, up to the head sha256:\w+\nKey: ed25519:\S+\nThe log here still says all of it/,
  );
  const key = /ed25519:\S+/.exec(stdout)![0];
  await project.ok("audit", "verify", file, "--key", key);

  const database = new DatabaseSync(join(project.stateFolder, "state.db"));
  const untampered = database.prepare("SELECT entry FROM audit WHERE seq = 5").get() as { entry: string };
  database.prepare("UPDATE audit SET entry = replace(entry, 'it is slow', 'a bad feeling') WHERE seq = 5").run();
  const edited = await project.run("audit", "verify");
  expect(edited.code).toBe(1);
  expect(edited.stdout).toContain("Proven: entries 6 to 11");
  expect(edited.stderr).toMatch(/audit-broken[\s\S]*Entry 5 was changed/);
  database.prepare("UPDATE audit SET entry = ? WHERE seq = 5").run(untampered.entry);
  await project.ok("audit", "verify");

  database.exec("DELETE FROM audit WHERE seq > 8");
  database.close();
  expect((await project.run("audit", "verify")).stderr).toMatch(/Entries 9 to 11 are missing at the end/);
  const refused = await project.run("audit", "export", file);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("it was not overwritten")]);
  writeFileSync(file, readFileSync(file, "utf8").replace("it is slow", "a bad feeling"));
  expect((await project.run("audit", "verify", file, "--key", key)).code).toBe(1);
});

test("the log of a state that was restored says so, and an export of before says what is missing", async () => {
  const project = await testProject();
  await project.ok("ship", "staging");
  await project.ok("state", "backup", "../backup.db");
  await project.ok("env", "stop", "staging");
  await project.ok("audit", "export", "../audit.jsonl");
  await project.ok("state", "restore", "../backup.db");
  const entries = (await project.json<Entry>("audit")).toReversed();
  expect(entries.map(({ action }) => action)).toEqual(["deploy", "end", "restore-state"]);
  await project.ok("audit", "verify");
  const compared = await project.run("audit", "verify", "../audit.jsonl");
  expect([compared.code, compared.stderr]).toEqual([
    1,
    expect.stringContaining("Entry 3 is another one than when the log was exported"),
  ]);
});
