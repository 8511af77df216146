import { describe, expect, test } from "vitest";
import type { ShownEnvironment } from "../../../src/app/environments/show.ts";
import { environmentLines, shownLines } from "../../../src/cli/render/lines/environment-lines.ts";
import { statusLines } from "../../../src/cli/render/lines/status-lines.ts";
import { palette } from "../../../src/cli/render/palette.ts";
import { textWidth } from "../../../src/cli/render/text-width.ts";
import type { ResourceStatus } from "../../../src/environment/resource-status.ts";
import type { EnvironmentStatus } from "../../../src/environment/status.ts";

const colors = palette(false);
const release = `sha256:${"a".repeat(64)}`;
const now = 1_700_000_000_000;

const files: ResourceStatus = {
  ...{ name: "files", kind: "folder", state: "ready", problems: [], unchecked: [], snapshots: 3, lastSnapshot: now },
  notLookedAt: ["its size"],
};
const infra: ResourceStatus = {
  ...{ name: "infrastructure", kind: "terraform", version: "1.11.4", state: "ready", unchecked: [] },
  problems: ["the server does not match its configuration, which is a long sentence that does not fit beside its name"],
  mending: ["To see what does not match its configuration: tidegate drift staging"],
  notLookedAt: ["whether it matches its configuration"],
};
const staging: EnvironmentStatus = {
  ...{ name: "staging", state: "serving", url: "http://staging.localhost:8080", release, deployment: 12, since: now },
  instances: [
    {
      ...{ id: "d12-web-1", service: "web", release, state: "running", healthy: true, routed: true, pid: 1234567 },
      address: "127.0.0.1:33055",
      traffic: { requests: 123_456, serverErrors: 0, connectErrors: 0, brokeOff: 0, underWay: 0 },
    },
  ],
  resources: [files, infra],
  problems: [{ problem: "resource", resource: infra.name, message: infra.problems[0]! }],
  drift: [],
};
const shown: ShownEnvironment = {
  ...{ name: "staging", url: staging.url!, driver: "local", strategy: "rolling", after: undefined, isProtected: false },
  purpose: "Where everybody looks at what is next, before it goes to those who pay for it, with data of nobody",
  cost: { diskBytes: 5_000_000, memoryBytes: 70_000_000, processes: 3 },
  resources: [
    { name: "files", resource: "folder", looked: { ...files, bytes: 4_000_000, notLookedAt: [] } },
    { name: infra.name, resource: "terraform", looked: infra },
    { name: "later", resource: "folder" },
  ],
  secrets: [],
};

describe.each([60, 80, 120])("at %i columns", (width) => {
  test("nothing of status and of what is shown of environments is wider", () => {
    const lines = [
      ...statusLines([staging], { now, width, colors }),
      ...shownLines(shown, now, width),
      ...environmentLines([shown, shown], now, width),
    ];
    expect(lines.filter((line) => textWidth(line) > width)).toEqual([]);
  });
});

test("status tells once what nobody has looked at, with the command that does, in one piece", () => {
  const lines = statusLines([staging], { now, width: 80, colors });
  const at = lines.findIndex((line) => line.includes("not checked"));
  expect(lines.slice(at, at + 3)).toEqual([
    "  ○ not checked: files (its size), infrastructure (whether it matches its",
    "    configuration)",
    "    To see it: tidegate env show staging",
  ]);
  expect(lines.slice(0, 2)).toEqual([
    "✔ staging aaaaaaaa serving, deployment 12, just now",
    "  http://staging.localhost:8080",
  ]);
});

test("an environment is shown with what is there of its resources, what is wrong with them, and how to mend it", () => {
  expect(shownLines(shown, now, 120).filter((line) => /resource|To see|server|later|not checked/.test(line))).toEqual([
    "  resource   files (folder), 4.0 MB, 3 snapshots, the newest just now",
    "  resource   infrastructure (terraform 1.11.4)",
    expect.stringContaining("the server does not match its configuration"),
    "               To see what does not match its configuration: tidegate drift staging",
    "             ○ not checked: whether it matches its configuration",
    "  resource   later (folder), not made yet",
  ]);
});
