import { expect, test } from "vitest";
import { driftLines } from "../../../src/cli/render/lines/drift-lines.ts";
import { palette } from "../../../src/cli/render/palette.ts";
import { textWidth } from "../../../src/cli/render/text-width.ts";
import type { DriftReport } from "../../../src/environment/drift/report.ts";

const release = `sha256:${"1a2b3c4d".repeat(8)}`;
const report: DriftReport = {
  environment: "production",
  verdict: "drift",
  standing: "serving",
  deployment: 7,
  release,
  findings: [
    { drift: "runsOtherwise", service: "web", instance: "d7-web-1", key: "LEVEL", how: "changed" },
    { drift: "files", release, deviation: { added: ["dist/evil.js"], changed: ["dist/a.js"], missing: [] } },
  ],
  known: [
    {
      finding: { drift: "resourceAltered", resource: "db", what: "the role may create databases" },
      exception: { subject: "resources.db", reason: "the provider wants it so", until: "2027-03-01" },
    },
  ],
  stale: [{ exception: { subject: "routes", reason: "x" }, how: "notNeeded" }],
  fromDefinition: [{ drift: "notDeployed", key: "TTL", deployed: "60", declared: undefined }],
  coverage: {
    checked: 11,
    total: 13,
    unchecked: [
      { dimension: "command", object: "d7-web-1", because: "itself" },
      { dimension: "environment", object: "d7-web-1", because: "itself" },
    ],
  },
};

test("drift is told in lines that fit a terminal of 80 columns, with what was not looked at and the way back", () => {
  const lines = driftLines([report], 80, palette(false));
  expect(lines.filter((line) => textWidth(line) > 80)).toEqual([]);
  expect(lines).toEqual([
    "✘ production 1a2b3c4d, deployment 7: drift, 2 findings (11 of 13 checks made)",
    "  ✘ d7-web-1 runs with a different LEVEL from the one that it was given",
    "  ✘ release 1a2b3c4d on disk: dist/a.js changed, dist/evil.js added",
    '  ✘ known("routes") is no longer needed: what it is about is as it was deployed',
    "  ≠ resource db: the role may create databases (known: the provider wants it so,",
    "    until 2027-03-01)",
    "  → not drift, config: TTL is 60, but the definition now says (none)",
    "  ! not checked: command, environment of d7-web-1: the process or its shell has",
    "    overwritten what could be seen",
    "  To bring it back: tidegate drift production --fix",
  ]);
});

test("no drift is only said of what was looked at", () => {
  const quiet = { ...report, verdict: "none", standing: "rollout", findings: [], known: [], stale: [] } as const;
  const lines = driftLines([{ ...quiet, fromDefinition: [] }], 120, palette(false));
  expect(lines.join(" ").replaceAll(/ +/g, " ")).toContain("no drift in what was checked (11 of 13 checks made)");
});
