import { expect, test } from "vitest";
import { limitsFinding } from "../../src/app/doctor/limits.ts";
import { showUnkept } from "../../src/cli/render/words/limits.ts";
import { defaultCapabilities, type Instance } from "../../src/drivers/driver.ts";
import { unkeepable, unkept } from "../../src/environment/limits.ts";
import type { ServiceSpec } from "../../src/environment/spec.ts";

const service = (name: string, limits?: ServiceSpec["limits"]) => ({ name, ...(limits && { limits }) }) as ServiceSpec;
const services = [service("web", { memoryBytes: 512_000_000, cpu: 0.5 }), service("api", { cpu: 2 }), service("free")];

function running(name: string, limits?: Instance["limits"], deployment = 7): Instance {
  const address = { host: "127.0.0.1", port: 1 };
  const common = { id: `d7-${name}-1`, environment: "staging", release: "r", startedAt: 1, address };
  return { ...common, service: name, deployment, ...(limits && { limits }), state: { state: "running" } };
}

test("promise 18: a limit that the driver does not keep is told, for each service that has it", () => {
  const keeping = (memory: boolean, cpu: boolean) => ({ ...defaultCapabilities, limits: { memory, cpu } });
  expect(unkeepable(services, keeping(true, true))).toEqual([]);
  expect(unkeepable(services, keeping(true, false))).toEqual([
    { service: "web", limit: "cpu", value: 0.5 },
    { service: "api", limit: "cpu", value: 2 },
  ]);
  expect(unkeepable(services, defaultCapabilities)).toHaveLength(3);
});

test("promise 18: a running instance that is not held to its limit is told, once for all of a service", () => {
  const of = (...instances: Instance[]) => unkept({ id: 7, services }, instances);
  expect(of(running("web", { memoryBytes: 512_000_000, cpu: 0.5 }), running("api", { cpu: 2 }))).toEqual([]);
  expect(of(running("web", { memoryBytes: 512_000_000 }), running("web"), running("free"))).toEqual([
    { service: "web", limit: "memory", value: 512_000_000 },
    { service: "web", limit: "cpu", value: 0.5 },
  ]);
  // What an earlier deployment left was never told of them; what does not run uses nothing.
  expect(of(running("web", undefined, 6))).toEqual([]);
  expect(of({ ...running("web"), state: { state: "ended", exit: { code: 0, signal: null } } })).toEqual([]);
});

test("people are told which limit, and doctor says why and what to do", () => {
  expect(showUnkept({ service: "web", limit: "memory", value: 512_000_000 })).toBe(
    "web is not held to its limit of 512 MB of memory on this machine: tidegate doctor says why",
  );
  expect(showUnkept({ service: "api", limit: "cpu", value: 0.5 })).toMatch(/limit of 0\.5 of a processor/);
  expect(limitsFinding({ memory: true, cpu: true }, "linux").state).toBe("good");
  expect(limitsFinding({ memory: true, cpu: false }, "linux")).toMatchObject({
    state: "warning",
    detail: "processors of services cannot be limited here: services run without that limit",
    hint: expect.stringMatching(/systemd-run --user --scope --property=Delegate=yes/),
  });
  expect(limitsFinding({ memory: false, cpu: false }, "darwin").hint).toMatch(/only Linux/);
});
