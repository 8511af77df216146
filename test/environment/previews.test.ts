import { describe, expect, test } from "vitest";
import { z } from "zod";
import { isHostLabel } from "../../src/definition/check/leaves.ts";
import { isTrusted, lookAtClock } from "../../src/environment/clock-watch.ts";
import { previewName, previewsOf, previewUrl, runsInPreviews, withPreviews } from "../../src/environment/previews.ts";
import { address, defineProject, differs, external, local, postgres, recreate, rolling } from "../../src/index.ts";
import type { EnvironmentAbout } from "../../src/records/resource.ts";
import { environmentAboutCodec } from "../../src/records/resource.ts";

const db = postgres({ version: "16" });
const project = defineProject({
  name: "small",
  pipeline: {},
  resources: { db },
  config: { BASE: address(), LEVEL: differs(z.string(), "loud in staging") },
  environments: {
    staging: {
      driver: local({ url: "http://staging.example.com:81" }),
      strategy: rolling(),
      purpose: "for us",
      resources: { db: differs(external(), "the provider has it") },
      config: { LEVEL: "debug" },
    },
    production: { driver: local(), strategy: recreate(), after: "staging", config: { LEVEL: "warn" } },
  },
  previews: { from: "staging" },
});

function record(name: string, about: Partial<EnvironmentAbout> = {}) {
  const preview = { from: "staging", ttlMs: 1, endsAt: 9, data: "empty" } as const;
  const all: EnvironmentAbout = { createdAt: 5, state: "ready", protected: false, resources: [], preview, ...about };
  return { name, members: [], stopped: false, about: environmentAboutCodec.encode(all) };
}

describe("promise 10: a preview", () => {
  test("is made like its template, with an address and resources of its own, and comes after nothing", () => {
    const { login } = withPreviews(project, [record("login")]).environments;
    expect(login).toMatchObject({
      driver: { url: "http://login.staging.example.com:81" },
      strategy: { strategy: "rolling" },
      config: { LEVEL: "debug" },
      protected: false,
      preview: { from: "staging", createdAt: 5, endsAt: 9 },
    });
    for (const key of ["after", "purpose", "resources"]) expect(login).not.toHaveProperty(key);
  });

  test("never stands in for an environment of the definition, and is none without its template", () => {
    const lost = record("lost", { preview: { from: "gone", ttlMs: 1, endsAt: 9, data: "empty" } });
    expect(withPreviews(project, [record("production"), lost])).toBe(project);
  });

  test("that is not understood is left alone", () => {
    const newer = { ...record("login"), about: { ...record("login").about, tier: "gold" } };
    expect(previewsOf([newer, { name: "other", members: [], stopped: false }])).toEqual([]);
  });

  test("runs what takes requests, and what says that it may run there", () => {
    expect(runsInPreviews({ route: "/" })).toBe(true);
    expect(runsInPreviews({ route: "internal" })).toBe(true);
    expect(runsInPreviews({ route: false })).toBe(false);
    expect(runsInPreviews({ route: false, inPreviews: true })).toBe(true);
    expect(runsInPreviews({ route: "/", inPreviews: false })).toBe(false);
  });
});

test.each([
  [local(), "http://x.localhost:8080"],
  [local({ url: "http://staging.localhost:81" }), "http://x.localhost:81"],
  [local({ url: "http://shop.localhost:81" }), "http://x.shop.localhost:81"],
  [local({ url: "http://127.0.0.1:81" }), "http://x.localhost:81"],
  [local({ url: "http://[::1]:81" }), "http://x.localhost:81"],
  [local({ url: "http://shop.example.com" }), "http://x.shop.example.com"],
])("the address of a preview stands in front of its template's: %j", (driver, url) => {
  expect(previewUrl("x", "staging", driver)).toBe(url);
});

test.each([
  ["feature/Login", "feature-login"],
  ["Überprüfung", "uberprufung"],
  ["fix: 'a' && $(rm -rf ~)", "fix-a-rm-rf"],
  ["42-answers", "answers"],
  ["../../etc/passwd", "etc-passwd"],
])("the name of a branch's preview is a label of a host name: %s", (branch, name) => {
  expect(previewName(branch)).toBe(name);
});

test.each(["日本語", "☃", "a".repeat(300), "-".repeat(9), `${"long/".repeat(20)}1`])(
  "branches of which little is left have previews of different names: %s",
  (branch) => {
    expect(isHostLabel(previewName(branch))).toBe(true);
    expect(previewName(branch)).not.toBe(previewName(`${branch}!`));
  },
);

describe("promise 10: a clock that jumps ends nothing at once", () => {
  const minute = 60_000;
  const noon = lookAtClock({}, 720 * minute, 100);

  test("forward, while the agent runs", () => {
    const after = lookAtClock(noon, 1080 * minute, 160);
    expect(isTrusted(after, 160)).toBe(false);
    expect(isTrusted(after, 160 + 10 * minute)).toBe(true);
  });

  test("forward, while no agent ran", () => {
    expect(isTrusted(lookAtClock({ seenAt: 720 * minute }, 1080 * minute, 5), 5)).toBe(false);
  });

  test("back and forward again", () => {
    const back = lookAtClock(noon, 0, 200);
    expect(isTrusted(back, 200)).toBe(true);
    expect(isTrusted(lookAtClock(back, 720 * minute, 300), 300)).toBe(false);
  });

  test("as long as it goes on like the machine it is trusted", () => {
    expect(isTrusted(lookAtClock(noon, 960 * minute, 100 + 240 * minute), 100 + 240 * minute)).toBe(true);
    expect(isTrusted(lookAtClock({}, 5, 5), 5)).toBe(true);
  });

  test("a second look does not end the wait", () => {
    const held = lookAtClock(noon, 1080 * minute, 160);
    expect(isTrusted(lookAtClock(held, 1080 * minute + 1_000, 1_160), 1_160)).toBe(false);
  });
});
