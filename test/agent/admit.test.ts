import { expect, test } from "vitest";
import { admit } from "../../src/agent/admit.ts";
import type { DeploymentSpec } from "../../src/environment/spec.ts";
import { ok } from "../../src/errors/result.ts";
import { gates } from "../../src/records/deployment-spec.ts";
import type { Store } from "../../src/store/store.ts";

const release = "sha256:1234567890";

const spec: DeploymentSpec = {
  ...{ environment: "production", release, kind: "deploy", strategy: { strategy: "recreate" } },
  ...{ url: "http://production.localhost:8080", services: [], checks: [], config: {}, secrets: {} },
  window: { deny: [{ from: "Fri 16:00", to: "Mon 08:00" }], timeZone: "Europe/Berlin" },
  stamp: { definition: "d", environment: "production", release, passed: gates, at: 0 },
};

/** What the agent says to it at a time. */
async function answer(time: string, asked: DeploymentSpec = spec) {
  const found = [{ digest: release, at: 0, provenance: {} }];
  const store = { findReleases: async () => ok(found) } as unknown as Store;
  const admitted = await admit({ store, now: () => Date.parse(time) }, asked);
  return admitted.ok ? "admitted" : admitted.failures.map(({ code, hint }) => `${code}: ${hint}`).join("\n");
}

test("a deployment that waited for its turn until the window was shut does not begin", async () => {
  expect(await answer("2026-12-04T14:59:00Z")).toBe("admitted");
  expect(await answer("2026-12-04T15:00:00Z")).toMatch(
    /^window-shut: It opens Mon 2026-12-07 08:00\. Then: tidegate deploy production --release 12345678\n/,
  );
  expect(await answer("2026-12-04T15:00:00Z", { ...spec, overrides: [{ gate: "window", reason: "outage" }] })).toBe(
    "admitted",
  );
});

test("a window by clocks that this machine does not know is shut", async () => {
  const elsewhere = { ...spec, window: { deny: [], timeZone: "Europe/Bielefeld" } };
  expect(await answer("2026-12-02T12:00:00Z", elsewhere)).toMatch(/^window-shut: Use a version of Node/);
});
