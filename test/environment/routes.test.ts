import { describe, expect, test } from "vitest";
import { environmentRoutes, type PlacedInstance } from "../../src/environment/routes.ts";
import { type DeploymentSpec, membersOf } from "../../src/environment/spec.ts";
import type { Traffic } from "../../src/events/traffic.ts";
import { type Shape, specOf } from "../rollout/fixtures.ts";

const instancesOf = (spec: DeploymentSpec, number: number): PlacedInstance[] =>
  membersOf(spec, number).map((member, index) => ({
    member,
    spec,
    address: { host: "127.0.0.1", port: 4000 + number * 10 + index },
  }));

const bothServe: Traffic = [
  { deployment: 1, release: "sha256:aaa", share: 0.75 },
  { deployment: 2, release: "sha256:bbb", share: 0.25 },
];

const tableOf = (spec: DeploymentSpec, fleet: readonly PlacedInstance[], traffic = bothServe) =>
  environmentRoutes({ spec, fleet, routed: new Set(fleet.map(({ member }) => member.id)), traffic, token: 7 });

const summary = (spec: DeploymentSpec, instances: readonly PlacedInstance[], traffic = bothServe) => {
  const { listen, hosts, routes } = tableOf(spec, instances, traffic);
  const pools = routes.map(({ prefix, pools }) =>
    `${prefix} ${pools.map(({ release, share }) => `${release.slice(7)}:${share}`).join(" ")}`.trim(),
  );
  return { port: listen.port, hosts, pools };
};

test("a deployment's share is what the traffic says", () => {
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
    "/ aaa:0.75 bbb:0.25",
    "/api aaa:1",
  ]);
  expect(summary(fresh, instancesOf(fresh, 2)).pools).toEqual(["/ bbb:1"]);
});

test("the deployment says where the gateway listens and whom it believes; otherwise that is this machine, and nobody", () => {
  const spec = specOf({ release: "aaa" });
  expect(tableOf(spec, [])).toMatchObject({ listen: { host: "127.0.0.1", port: 8080 } });
  expect(tableOf(spec, [])).not.toHaveProperty("trustProxies");
  const behind = { url: "https://shop.example", listen: { host: "::", port: 8081, trustProxies: ["10.0.0.0/8"] } };
  expect(tableOf({ ...spec, ...behind }, [])).toMatchObject({
    ...{ listen: { host: "::", port: 8081 }, trustProxies: ["10.0.0.0/8"] },
    hosts: ["shop.example"],
  });
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

test("where none of a route's deployments has a share, as before its service is replaced, instances are equal", () => {
  const spec = specOf({ release: "aaa", services: { web: 2 } });
  const traffic: Traffic = [{ deployment: 2, release: "sha256:bbb", share: 1 }];
  expect(summary(spec, instancesOf(spec, 1), traffic).pools).toEqual(["/ aaa:1"]);
});

describe("internal routes", () => {
  const shape: Shape = {
    release: "aaa",
    services: { api: 2, web: 1 },
    needs: { web: ["api"] },
    routes: { api: "internal" },
  };
  const backends = (fleet: readonly PlacedInstance[]) =>
    tableOf(specOf(shape), fleet).internal.map(
      ({ service, deployment, backends }) =>
        `${service} of ${deployment}: ${backends.map((one) => one.instance).join(" ")}`,
    );

  test("lead to all that can be reached of a service that others need, each deployment for itself", () => {
    const both = [...instancesOf(specOf(shape), 1), ...instancesOf(specOf({ ...shape, release: "bbb" }), 2)];
    expect(backends(both)).toEqual(["api of 1: d1-api-1 d1-api-2", "api of 2: d2-api-1 d2-api-2"]);
    expect(tableOf(specOf(shape), both).routes.map(({ prefix }) => prefix)).toEqual(["/"]);
  });

  test("are there before anything can be reached, and as long as the deployment has instances", () => {
    const gone = instancesOf(specOf(shape), 1).map(({ member, spec }) => ({ member, spec }));
    expect(backends(gone)).toEqual(["api of 1: "]);
    expect(backends([])).toEqual([]);
  });

  test("do not depend on who gets requests from outside", () => {
    const table = environmentRoutes({
      spec: specOf(shape),
      fleet: instancesOf(specOf(shape), 1),
      routed: new Set(),
      traffic: [],
      token: 7,
    });
    expect(table.internal.map((route) => route.backends.length)).toEqual([2]);
    expect(table.routes).toEqual([{ prefix: "/", pools: [] }]);
  });

  test("there are for a service with a public route too, when another one needs it", () => {
    const table = tableOf(specOf({ ...shape, routes: {} }), instancesOf(specOf({ ...shape, routes: {} }), 1));
    expect(table.internal.map(({ service }) => service)).toEqual(["api"]);
    expect(table.routes.map(({ prefix }) => prefix)).toEqual(["/", "/api"]);
  });
});

test("a service with a host of its own is reached under it alone", () => {
  const spec = specOf({ release: "aaa", services: { api: 1, web: 1 }, routes: { api: "/" }, hosts: { api: "api" } });
  const { routes, hosts } = tableOf(spec, instancesOf(spec, 1));
  expect(hosts).toEqual(["staging.localhost"]);
  expect(routes.map(({ host, pools }) => [host, pools[0]?.backends[0]?.instance])).toEqual([
    [undefined, "d1-web-1"],
    ["api.staging.localhost", "d1-api-1"],
  ]);
});
