import { expect, test } from "vitest";
import { filesOf } from "../support/preview-project.ts";
import { eventually } from "../support/project.ts";
import {
  additive,
  columns,
  defineRehearsal,
  dropping,
  rehearsalProject,
  rehearsing,
  seenIn,
} from "../support/rehearsal-project.ts";

const thrownAway = "rehearsal-production";

test("promise 13: a release whose migration the old one does not bear is refused with its evidence, and nothing of it is left", async () => {
  const project = await rehearsalProject();
  await project.ok("ship");
  columns(project, dropping);
  const refused = await project.run("ship");
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain("error[rehearsal-failed]: production could not go back from ");
  expect(refused.stderr).toContain("the release that serves now does not serve on the migrated data");
  expect(refused.stderr).toContain("  | no column name\n");
  expect(refused.stderr).toContain("  | there is no column name\n");
  expect(await project.label("production")).toBe("ada");

  const ran = seenIn(project, thrownAway);
  expect(ran.map(({ what }) => what)).toEqual(["migrate", "web", "migrate"]);
  expect(ran.filter(({ token }) => token.includes(project.secret))).toEqual([]);
  expect(rehearsing(project)).toEqual([]);
  expect(filesOf(project, thrownAway)).toEqual([]);

  const again = await project.run("deploy", "production");
  expect(again.code).toBe(3);
  expect(again.stderr).toContain("known since");
  expect(seenIn(project, thrownAway)).toHaveLength(3);
  expect((await project.ok("history", "production")).stdout).toMatch(/rehearsal .* failed .* could not go back/);
});

test("promise 13: a release that can go back is let in, once it has gone forward and back in a throw-away environment", async () => {
  const project = await rehearsalProject();
  await project.ok("ship");
  columns(project, additive);
  const shipped = await project.ok("ship");
  expect(shipped.stderr).toContain("rehearsal: the old release takes over again");
  expect(await project.label("production")).toBe("ada l");
  expect(seenIn(project, thrownAway).map(({ what }) => what)).toEqual(["migrate", "web", "migrate", "web", "web"]);
  expect(seenIn(project, "production").filter(({ what }) => what === "mail")).toHaveLength(2);
  await project.ok("rollback", "production");
  expect(await project.label("production")).toBe("ada");
});

test("promise 13: a release that fails by itself in its rehearsal is refused, whatever is declared of its migration", async () => {
  const project = await rehearsalProject();
  await project.ok("ship");
  const broken = {
    ...additive,
    migrate: 'if (TIDEGATE_ENVIRONMENT === "rehearsal-production") throw new Error("no such table")',
  };
  columns(project, broken);
  const refused = await project.run("ship");
  expect(refused.code).toBe(3);
  expect(refused.stderr).toMatch(/would not come up in production: in its rehearsal, the migration failed/);
  expect(refused.stderr).toContain("no such table");
  expect(refused.stderr).toContain("hint: Mend the release.");
  expect(refused.stderr).not.toContain("irreversible");
  expect(await project.label("production")).toBe("ada");
});

test("promise 11: what a killed agent leaves of a rehearsal is cleared away by the next one", async () => {
  const project = await rehearsalProject();
  await project.ok("ship");
  columns(project, additive);
  project.open("slow");
  const rehearsal = project.start("ship");
  await rehearsal.until("rehearsal: the release that serves now starts");
  await eventually(() => expect(seenIn(project, thrownAway)).toHaveLength(1));
  await project.kill(project.agent);
  await rehearsal.ended;
  expect((await project.ok("status", "production")).stdout).toContain("serving");
  await eventually(() => expect(rehearsing(project)).toEqual([]));
  await eventually(() => expect(filesOf(project, thrownAway)).toEqual([]));
  expect(await project.label("production")).toBe("ada");
});

test("promise 13: a migration that is declared irreversible is let in, for this state of it alone, and what fails then is frozen", async () => {
  const project = await rehearsalProject();
  await project.ok("ship");
  columns(project, dropping, "production");
  const refused = await project.run("ship");
  const said = /irreversible: (\{ migration: "sha256:[0-9a-f]{64}", because: )/.exec(refused.stderr)?.[1];
  expect(said).toBeDefined();
  const because = `irreversible: ${said}"the old name held nothing" }`;
  defineRehearsal(project, { web: because });
  expect((await project.ok("plan", "production")).stdout).toContain(
    "the migration of web is declared irreversible (the old name held nothing)",
  );
  const frozen = await project.run("ship");
  expect(frozen.code).toBe(1);
  expect(frozen.stderr).toContain("error[deployment-frozen]");
  expect(frozen.stderr).toContain("production is frozen as it stands");
  expect(await project.label("production")).toBe("status 500");
  expect((await project.ok("history", "production")).stdout).toContain("FROZEN");
  expect((await project.run("status", "production")).stdout).toContain("deployment 4 failed and was left as it stands");

  columns(project, { ...dropping, migrate: `${dropping.migrate}; kept.more = 1` });
  expect((await project.run("ship")).stderr).toContain("what stands there is about another state of it");
});
