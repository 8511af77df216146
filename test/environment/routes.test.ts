import { expect, test } from "vitest";
import { environmentRoutes, type RoutedInstance } from "../../src/environment/routes.ts";
import { type DeploymentSpec, membersOf } from "../../src/environment/spec.ts";
import { specOf } from "../rollout/fixtures.ts";

const instancesOf = (spec: DeploymentSpec, number: number): RoutedInstance[] =>
  membersOf(spec, number).map((member, index) => ({
    member,
    spec,
    address: { host: "127.0.0.1", port: 4000 + number * 10 + index },
  }));

const summary = (spec: DeploymentSpec, instances: readonly RoutedInstance[]) => {
  const { listen, hosts, routes } = environmentRoutes(spec, instances, 7);
  const pools = routes.map(({ prefix, pools }) =>
    `${prefix} ${pools.map(({ release, share }) => `${release.slice(7)}:${share}`).join(" ")}`.trim(),
  );
  return { port: listen.port, hosts, pools };
};

test("a deployment's share is its part of the instances", () => {
  const [old, fresh] = [
    specOf({ release: "aaa", services: { web: 3 } }),
    specOf({ release: "bbb", services: { web: 1 } }),
  ];
  expect(summary(fresh, [...instancesOf(old, 1), ...instancesOf(fresh, 2)]).pools).toEqual(["/ aaa:0.75 bbb:0.25"]);
});

test("a service without an instance that can be reached is still there, to be refused with 503", () => {
  expect(summary(specOf({ release: "aaa" }), []).pools).toEqual(["/"]);
});

test("a route that only the old release has is kept while one of its instances gets requests", () => {
  const [old, fresh] = [
    specOf({ release: "aaa", services: { web: 1, api: 1 } }),
    specOf({ release: "bbb", services: { web: 1 } }),
  ];
  expect(summary(fresh, [...instancesOf(old, 1), ...instancesOf(fresh, 2)]).pools).toEqual([
    "/ aaa:0.5 bbb:0.5",
    "/api aaa:1",
  ]);
  expect(summary(fresh, instancesOf(fresh, 2)).pools).toEqual(["/ bbb:1"]);
});

test("the deployment in charge decides over the address; without a port it is the one of http", () => {
  const spec = specOf({ release: "aaa" });
  expect(summary(spec, [])).toMatchObject({ port: 8080, hosts: ["staging.localhost"] });
  expect(summary({ ...spec, url: "http://Staging.example" }, [])).toMatchObject({
    port: 80,
    hosts: ["staging.example"],
  });
});

test("a service that takes no requests has no route", () => {
  const spec = specOf({ release: "aaa" });
  const worker = { ...spec, services: spec.services.map((service) => ({ ...service, route: false as const })) };
  expect(summary(worker, instancesOf(worker, 1)).pools).toEqual([]);
});
