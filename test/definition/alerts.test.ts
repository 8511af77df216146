import { expect, test } from "vitest";
import { z } from "zod";
import { command, defineProject, local, rolling, secret, webhook } from "../../src/definition/builders.ts";
import { alertProblems } from "../../src/definition/check/alerts.ts";
import type { Project } from "../../src/definition/types.ts";
import { alertsOf } from "../../src/environment/build-spec.ts";

const config = { ALERT_URL: secret(z.string()), ALERT_KEY: secret(z.string()), LEVEL: z.string().default("info") };
const hook = webhook({ url: "ALERT_URL", secret: "ALERT_KEY" });
const told = (part: Partial<Record<"alerts" | "heartbeat", unknown>>) =>
  alertProblems({ config, ...part } as Partial<Project>).map(({ message, path }) => `${path.join(".")}: ${message}`);

test("alerts name secrets of the config, and become plain data of the deployment; not of a preview's", () => {
  const project = defineProject({
    name: "shop",
    pipeline: {},
    config,
    environments: { production: { driver: local(), strategy: rolling() } },
    alerts: [hook, command(["tell", "them"])],
    heartbeat: { url: "ALERT_URL", every: "1m" },
  });
  expect(alertProblems(project)).toEqual([]);
  expect(alertsOf(project, {})).toEqual({
    alerts: [
      { kind: "webhook", url: "ALERT_URL", secret: "ALERT_KEY" },
      { kind: "command", run: ["tell", "them"] },
    ],
    heartbeat: { url: "ALERT_URL", everyMs: 60_000 },
  });
  expect(alertsOf(project, { preview: { from: "staging", createdAt: 1, endsAt: 2 } })).toEqual({});
});

test("an address or a key in place of a secret's name is refused without being repeated; so is a key that is no secret", () => {
  expect(
    told({ alerts: [webhook({ url: "https://hooks.example.org/x", secret: "LEVEL" }), { kind: "task" }] }),
  ).toEqual([
    expect.stringMatching(/^alerts\.0\.url: Alert 1: url must be the name of a secret in config, not its value/),
    "alerts.0.secret: Alert 1: secret names LEVEL, which is no secret of the config",
    "alerts.1: Alert 2 must be made by webhook(…) or command(…)",
  ]);
  expect(told({ heartbeat: { url: "NOWHERE", every: "5s" } })).toEqual([
    'heartbeat.every: The heartbeat: every must be a length of time of at least "30s", not "5s"',
    "heartbeat.url: The heartbeat: url names NOWHERE, which is no secret of the config",
  ]);
});
