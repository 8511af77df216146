import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { z } from "zod";
import { resolveConfig } from "../../src/config/resolve.ts";
import { differs, secret, service } from "../../src/definition/builders.ts";
import { configProject, found, readings } from "./projects.ts";

const web = { run: "node web.js", files: ["web.js"] };
const keys = { CERT: differs(z.string(), "each has its own"), KEY: secret(z.string()) };

async function problemsWith(cert: string, key: string, services: object = { web: service(web) }) {
  const project = { ...configProject(keys, { staging: { CERT: cert } }), services: services as never };
  const resolution = await resolveConfig(project, "staging", readings({ KEY: found(key) }));
  return resolution.ok ? [] : resolution.problems;
}

test.runIf(process.platform === "linux")(
  "a value is as long as a process can be given one, and not a byte longer",
  async () => {
    const most = "x".repeat(131_071 - "CERT=".length);
    expect(await problemsWith(most, "k")).toEqual([]);
    expect(await problemsWith(`${most}x`, "k")).toMatchObject([
      {
        code: "config-invalid",
        path: ["environments", "staging", "config", "CERT"],
        message:
          'CERT of environment "staging" takes 131,072 bytes with its name, more than an environment variable can hold (131,071 on Linux)',
        hint: expect.stringContaining('configFile: "only"'),
      },
    ]);
    const startWith = (CERT: string) => spawnSync("true", { env: { PATH: process.env.PATH, CERT } }).error;
    expect([startWith(most), startWith(`${most}x`)]).toEqual([undefined, expect.objectContaining({ code: "E2BIG" })]);
  },
);

test("bytes are counted, not characters, and nothing is said of a secret but that it is too large", async () => {
  const [cert, key] = await problemsWith("ä".repeat(65_540), "ä".repeat(65_541));
  expect(cert?.message).toContain("takes 131,085 bytes");
  expect(key).toMatchObject({ code: "secret-invalid", path: ["config", "KEY"] });
  expect(key?.message).not.toMatch(/131,08\d/);
});

test("a service that takes its config as a file only is given no variables, so that they may be of any size", async () => {
  const large = "x".repeat(200_000);
  expect(await problemsWith(large, "k", { web: service({ ...web, configFile: "only" }) })).toEqual([]);
  expect(await problemsWith(large, "k", { web: service({ ...web, configFile: true }) })).toHaveLength(1);
});

test("values that each fit are too large together at some point, which is told at the largest", async () => {
  const all = Object.fromEntries(
    Array.from({ length: 16 }, (_, index) => [`PART_${index}`, z.string().default("x".repeat(130_000 + index))]),
  );
  const services = { web: service(web) } as never;
  const resolution = await resolveConfig({ ...configProject(all), services }, "staging", new Map());
  expect(resolution).toMatchObject({ ok: false, problems: [{ path: ["config", "PART_15"] }] });
});
