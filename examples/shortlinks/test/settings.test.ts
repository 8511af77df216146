import assert from "node:assert/strict";
import { test } from "node:test";
import { readSettings } from "../src/settings.ts";
import { env } from "./workplace.ts";

test("everything wrong with the settings is said at once, without the values", () => {
  const problems = readSettings({ PORT: "http", CACHE_TTL: "-1", LOG_LEVEL: "loud", SESSION_KEY: "too short" });
  assert.ok(Array.isArray(problems));
  assert.deepEqual(
    problems.map((problem) => problem.split(" ", 1)[0]),
    ["PORT", "CACHE_TTL", "LOG_LEVEL", "SESSION_KEY", "BASE_URL"],
  );
  assert.doesNotMatch(problems.join(), /too short/);
});

test("what may be left out has a default", () => {
  const settings = readSettings(env);
  assert.ok("port" in settings);
  assert.equal(settings.port, 3000);
  assert.equal(settings.cacheSeconds, 60);
  assert.equal(settings.baseUrl, "http://short.test");
});
