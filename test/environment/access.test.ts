import { expect, test } from "vitest";
import { approverRefusal, whoMayStill } from "../../src/environment/access.ts";
import type { DeploymentSpec } from "../../src/environment/spec.ts";
import type { Actor } from "../../src/events/actor.ts";

const ada: Actor = { via: "cli", user: "root", host: "vm", git: { name: "Ada", email: "ada@example.org" } };
const lin: Actor = { via: "cli", user: "root", host: "vm", git: { name: "Lin", email: "Lin@example.org" } };
const by = ["ada@example.org", "lin@example.org", "max@example.org"];

function spec(notAuthor: boolean, authors: readonly string[] = []): DeploymentSpec {
  const approval = { by, count: 2, notAuthor, expiresMs: 1 };
  return { environment: "production", approval, stamp: { authors } } as unknown as DeploymentSpec;
}

test("who is told to ask names only people whose approval would count", () => {
  expect(whoMayStill(spec(false), { asker: ada, given: [] })).toEqual(by);
  expect(whoMayStill(spec(false), { asker: ada, given: [lin] })).toEqual(["ada@example.org", "max@example.org"]);
  expect(whoMayStill(spec(true), { asker: ada, given: [lin] })).toEqual(["max@example.org"]);
  expect(whoMayStill(spec(true, ["MAX@example.org"]), { asker: ada, given: [] })).toEqual(["lin@example.org"]);
});

test("whose approval does not count is told who else there is, and whether there is anybody", () => {
  const refused = approverRefusal(spec(true), 7, ada, { asker: ada, given: [] });
  expect(refused[0]?.hint).toBe("Somebody else is needed: lin@example.org, max@example.org");
  const nobody = approverRefusal(spec(true, by), 7, ada, { asker: undefined, given: [] });
  expect(nobody[0]?.hint).toContain("nobody is left who may");
  expect(approverRefusal(spec(true), 7, lin, { asker: ada, given: [] })).toEqual([]);
});
