import { expect, test } from "vitest";
import { isOfTheWayBack, rehearsalRefusal } from "../../src/environment/rehearsal.ts";
import { type RehearsalStage, rehearsalStages } from "../../src/events/environment-events.ts";

const played = {
  environment: "production",
  release: `sha256:${"a".repeat(64)}`,
  outcome: "failed",
  failures: [],
} as const;

test("only what failed on the way back may be declared irreversible", () => {
  expect(rehearsalStages.filter(isOfTheWayBack)).toEqual(["serveOn", "goBack"]);
  expect(isOfTheWayBack(undefined)).toBe(false);
});

test.each<[RehearsalStage, string, string]>([
  ["migrate", "aaaaaaaa would not come up in production: in its rehearsal, the migration failed", "Mend the release."],
  ["takeOver", "aaaaaaaa would not come up in production: in its rehearsal, the new release did not take over", "Mend"],
  ["serveOn", "production could not go back from aaaaaaaa", "Let both releases work on the same data"],
  ["goBack", "production could not go back from aaaaaaaa", "Let both releases work on the same data"],
])("a rehearsal that fails at %s says whether the release or the way back is to be mended", (stage, message, hint) => {
  const refusal = rehearsalRefusal({ ...played, stage });
  expect(refusal?.message).toContain(message);
  expect(refusal?.hint).toContain(hint);
});
