import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  approval,
  blueGreen,
  canary,
  check,
  defineProject,
  differs,
  local,
  recreate,
  rolling,
  secret,
  service,
  shared,
  staticSite,
  task,
  window,
} from "../../src/definition/builders.ts";
import { validateProject } from "../../src/definition/check/validate.ts";
import type { Problem } from "../../src/definition/problem.ts";

// biome-ignore lint/suspicious/noExplicitAny: what the types refuse is what is tested here
type Wrong = any;

const build = task({ run: "npm run build" });
const web = service({ run: "node .", files: ["dist/"] });
const common = { driver: local(), strategy: rolling() };

function problemsOf(options: object): Problem[] {
  return validateProject(defineProject({ name: "shop", pipeline: { build }, ...options } as Wrong));
}

/** `path: message | hint`, with `#` for problems of the key itself. */
function show({ code, path, at, message, hint }: Problem): string {
  const where = `${path.join(".")}${at === "key" ? "#" : ""}`;
  return `${code === "invalid-definition" ? "" : `${code} `}${where}: ${message}${hint === undefined ? "" : ` | ${hint}`}`;
}

const ofTask = (options: object) => problemsOf({ pipeline: { build: task(options as Wrong) } }).map(show);
const ofService = (options: object) => problemsOf({ services: { web: service(options as Wrong) } }).map(show);
const ofEnvironment = (options: object) => {
  return problemsOf({ services: { web }, environments: { staging: { ...common, ...options } } }).map(show);
};
const ofKey = (declaration: unknown, key = "LEVEL") => problemsOf({ config: { [key]: declaration } }).map(show);

test("a definition that uses everything has no problems", () => {
  const install = task({
    run: ["npm", "ci"],
    inputs: ["package.json", "!x/**"],
    outputs: ["node_modules/"],
    env: ["CI"],
  });
  const unit = task({
    run: "npm test",
    needs: [install],
    inputs: [],
    stage: "verify",
    timeout: "1.5m",
    retry: 0,
    cache: true,
    reports: { junit: ["reports/*.xml"] },
  });
  const api = service({
    run: "node api.js",
    files: [],
    health: "/",
    healthTimeout: 500,
    migrate: ["node", "m.js", ""],
    route: "/api",
    replicas: 0,
    grace: "1h",
  });
  const worker = service({ run: "node worker.js", files: [], route: false });
  const mailer = service({ run: "node mailer.js", files: [], route: false });
  const problems = problemsOf({
    pipeline: { install, unit, constructor: build },
    services: { web, api, worker, mailer },
    config: {
      LEVEL: differs(z.string(), "because"),
      _lower1: z.string(),
      KEY: secret(z.string()),
      LICENSE: secret(shared(z.string(), "one for all")),
    },
    environments: {
      staging: { ...common, replicas: { web: differs(0, "asleep"), api: undefined } },
      production: {
        driver: local({ url: "http://shop.example:80" }),
        strategy: recreate(),
        after: "staging",
        gates: [check("smoke", "node smoke.js", { timeout: "5s" }), check("smoke-2", ["node"])],
        config: { LEVEL: "x" },
      },
    },
  });
  expect(problems).toEqual([]);
});

describe("the project", () => {
  test("lacks what it needs", () => {
    expect(validateProject(defineProject({} as Wrong)).map(show)).toEqual([
      ': The project lacks "name" | Add "name".',
      ': The project lacks "pipeline" | Add "pipeline".',
    ]);
    expect(validateProject(defineProject(undefined as Wrong))).toHaveLength(2);
  });

  test.each(["", "Shop", "my_shop", "-a", "a-", "1a", "a".repeat(41), 5, null])("cannot be called %j", (name) => {
    expect(problemsOf({ name })).toMatchObject([{ path: ["name"] }]);
  });

  test("has parts that are no objects", () => {
    const problems = problemsOf({ pipeline: [build], services: 5, config: "x", environments: [] });
    expect(problems.map(({ path }) => path)).toEqual([["pipeline"], ["services"], ["config"], ["environments"]]);
  });

  test("has a key that is nearly right, and one that is not", () => {
    expect(problemsOf({ enviroments: {}, zzz: 1 }).map(show)).toEqual([
      'enviroments#: The project has no key "enviroments" | Did you mean "environments"?',
      'zzz#: The project has no key "zzz" | It may have name, pipeline, packages, cache, releases, services, resources, config, secrets, environments, previews, access, objectives, alerts, heartbeat.',
    ]);
  });
});

describe("a task", () => {
  test("lacks its command", () => {
    expect(ofTask({})).toEqual(['pipeline.build: Task "build" lacks "run" | Add "run".']);
  });

  test.each<[unknown]>([[""], [" "], [[]], [[""]], [["a", 5]], [5], [undefined], ["a\0b"]])("cannot run %j", (run) => {
    expect(ofTask({ run })).toMatchObject([
      expect.stringMatching(/^pipeline\.build\.run: Task "build": run must be a command/),
    ]);
  });

  test("needs a name where a task should stand", () => {
    expect(ofTask({ run: "x", needs: [build, "build", {}] })).toEqual([
      'pipeline.build.needs.1: Task "build": needs[1] must be a task, not "build" | Give the task itself, not its name: `needs: [build]`.',
      'pipeline.build.needs.2: Task "build": needs[2] must be a task | Give the task itself, not its name: `needs: [build]`.',
    ]);
    expect(ofTask({ run: "x", needs: build })).toEqual([
      'pipeline.build.needs: Task "build": needs must be a list of tasks',
    ]);
  });

  test.each(["5 minutes", "", "s", "-1s", "1d", 0, -1, Number.NaN, Number.POSITIVE_INFINITY, "999h", {}])(
    "cannot have a timeout of %j",
    (timeout) => {
      expect(ofTask({ run: "x", timeout })).toHaveLength(1);
    },
  );

  test.each([-1, 1.5, "1", Number.NaN])("cannot be retried %j times", (retry) => {
    expect(ofTask({ run: "x", retry })).toMatchObject([
      expect.stringMatching(/retry must be a whole number, 0 or more/),
    ]);
  });

  test.each(["/etc/passwd", "../x", "a/../b", "!../x", "~/x", "a\\..\\b", "C:\\x", "{..,a}/b", ".."])(
    "cannot read or write %s, which leads outside the project",
    (path) => {
      const hint = "Write a path relative to the definition, without `..`.";
      const message = `Task "build": ${JSON.stringify(path)} leads outside the project`;
      expect(
        problemsOf({
          pipeline: { build: task({ run: "x", inputs: ["ok", path], outputs: [path], reports: { junit: path } }) },
        }),
      ).toEqual([
        { code: "path-outside-project", path: ["pipeline", "build", "inputs", 1], message, hint },
        { code: "path-outside-project", path: ["pipeline", "build", "outputs", 0], message, hint },
        { code: "path-outside-project", path: ["pipeline", "build", "reports", "junit"], message, hint },
      ]);
    },
  );

  test("may use names that only look like a way out", () => {
    expect(ofTask({ run: "x", inputs: ["a..b", "...", "..a/b", "a/~", "x/..y"] })).toEqual([]);
  });

  test("cannot be cached without saying what it reads", () => {
    expect(ofTask({ run: "x", cache: true })).toMatchObject([expect.stringMatching(/^pipeline\.build\.cache: /)]);
  });

  test("is not made by task(…)", () => {
    expect(problemsOf({ pipeline: { build: { run: "x" }, other: web, none: null } }).map(show)).toEqual([
      'pipeline.build: Task "build" is not made by task(…) | Write `task({ run: "…" })`.',
      'pipeline.other: Task "other" is not made by task(…) | Write `task({ run: "…" })`.',
      'pipeline.none: Task "none" is not made by task(…) | Write `task({ run: "…" })`.',
    ]);
  });

  test("has two names", () => {
    expect(problemsOf({ pipeline: { build, compile: build } }).map(show)).toEqual([
      'pipeline.compile#: "compile" and "build" are the same task | A task has one name: declare a second task(…).',
    ]);
  });

  test.each(["", "a b", "a/b", "../a", "1a", "ä"])("cannot be called %j", (name) => {
    expect(problemsOf({ pipeline: { [name]: build } })).toMatchObject([{ path: ["pipeline", name], at: "key" }]);
  });

  test("has everything wrong at once, in the order of the keys it may have", () => {
    const wrong = {
      run: 1,
      needs: 2,
      inputs: 3,
      outputs: 4,
      env: 5,
      stage: 6,
      timeout: "7",
      retry: "8",
      cache: 9,
      reports: 10,
      eleven: 11,
    };
    const keys = problemsOf({ pipeline: { build: task(wrong as Wrong) } }).map(({ path }) => path[2]);
    expect(keys).toEqual(Object.keys(wrong));
  });
});

describe("a service", () => {
  test("lacks what it needs", () => {
    expect(ofService({})).toEqual([
      'services.web: Service "web" lacks "run" | Add "run".',
      'services.web: Service "web" lacks "files" | Add "files".',
    ]);
  });

  test.each(["healthz", "", "/a b", "/a?b", "/a#b", 5, false])("cannot be healthy at %j", (health) => {
    expect(ofService({ run: "x", files: [], health })).toMatchObject([
      expect.stringMatching(/health must be a path that begins with "\/"/),
    ]);
  });

  test("must not reach out of the project", () => {
    expect(ofService({ run: "x", files: ["../dist"] })).toMatchObject([
      expect.stringMatching(/^path-outside-project services\.web\.files\.0/),
    ]);
  });

  test("takes the same requests as another", () => {
    const api = service({ run: "x", files: [], route: "/api" });
    const again = service({ run: "x", files: [], route: "/api/" });
    const other = service({ run: "x", files: [] });
    expect(problemsOf({ services: { web, api, again, other } }).map(show)).toEqual([
      'services.again.route: Services "api" and "again" both take requests for "/api" | Give one of them another `route` or a `host`, or `route: "internal"` or `false` if no requests come from outside.',
      'services.other: Services "web" and "other" both take requests for "/" | Give one of them another `route` or a `host`, or `route: "internal"` or `false` if no requests come from outside.',
    ]);
  });

  test("may share a route with another under a host of its own, or when it is internal", () => {
    const api = service({ run: "x", files: [], host: "api" });
    const inner = service({ run: "x", files: [], route: "internal" });
    expect(problemsOf({ services: { web, api, inner } })).toEqual([]);
  });

  test("has a host although nothing comes from outside", () => {
    expect(ofService({ run: "x", files: [], host: "api", route: "internal" })).toEqual([
      'services.web.host: Service "web" has a host, but takes no requests from outside | Leave out `host`, or give it a `route` that begins with a slash.',
    ]);
  });

  test("needs one that is not in the project", () => {
    const api = service({ run: "x", files: [], route: "internal" });
    const shop = service({ run: "x", files: [], needs: [api] });
    expect(problemsOf({ services: { shop } }).map(show)).toEqual([
      'unknown-service services.shop.needs.0: Service "shop" needs a service that is not in `services` | Put it in `services: { … }` as well.',
    ]);
    expect(ofService({ run: "x", files: [], needs: ["api"] })).toEqual([
      'services.web.needs.0: Service "web": needs[0] must be a service, not "api" | Give the service itself, not its name: `needs: [api]`.',
    ]);
  });

  test("needs another that needs it", () => {
    const needs: unknown[] = [];
    const api = service({ run: "x", files: [], route: "internal", needs } as Wrong);
    const shop = service({ run: "x", files: [], needs: [api] });
    needs.push(shop);
    expect(problemsOf({ services: { api, shop } }).map(show)).toEqual([
      "dependency-cycle services.api.needs: Services need each other in a cycle: api → shop → api | Remove one of the needs: none of them could start first.",
    ]);
  });

  test("would get an address in a variable that the config has", () => {
    const api = service({ run: "x", files: [], route: "internal" });
    const shop = service({ run: "x", files: [], needs: [api] });
    expect(problemsOf({ services: { api, shop }, config: { API_URL: z.url() } }).map(show)).toEqual([
      'services.shop.needs.0: Service "shop": API_URL, the address of "api", is already the config key "API_URL" | Rename one of the two; API_URL is set by Tidegate.',
    ]);
  });

  test("writes to what is no folder of the release, and no file with an ending", () => {
    const of = (folder: string) => ofService({ run: "x", files: [], writes: [folder] });
    expect(of("uploads/")).toEqual([]);
    expect(of("app.sqlite3")).toEqual([]);
    expect(of("var/app.db")).toEqual([]);
    expect(of(".")).toHaveLength(1);
    expect(of("a//b.db")).toHaveLength(1);
    expect(of("uploads")).toHaveLength(1);
    expect(of("./")).toHaveLength(1);
    expect(of("a//")).toHaveLength(1);
    expect(of("up*/")).toHaveLength(1);
    expect(of("*.sqlite3")).toHaveLength(1);
    expect(of("app.{db,sqlite3}")).toHaveLength(1);
    expect(of("../uploads/")).toMatchObject([expect.stringMatching(/^path-outside-project services\.web\.writes\.0/)]);
  });

  test("is not made by service(…)", () => {
    expect(problemsOf({ services: { web: { run: "x", files: [] } } }).map(show)).toEqual([
      'services.web: Service "web" is not made by service(…) | Write `service({ run: "…", files: [ … ] })`.',
    ]);
  });
});

describe("an environment", () => {
  test("lacks what it needs", () => {
    expect(problemsOf({ environments: { staging: {}, production: null } }).map(show)).toEqual([
      'environments.staging: Environment "staging" lacks "driver" | Add "driver".',
      'environments.staging: Environment "staging" lacks "strategy" | Add "strategy".',
      'environments.production: Environment "production" must be an object',
    ]);
  });

  test("names its driver and its strategy instead of making them", () => {
    expect(ofEnvironment({ driver: "local", strategy: "rolling" })).toEqual([
      'environments.staging.driver: Environment "staging": driver must be a driver, not "local" | Write `driver: local()`.',
      'environments.staging.strategy: Environment "staging": strategy must be a strategy, not "rolling" | Write `strategy: rolling()`.',
    ]);
  });

  test("has a canary whose shares do not rise, whose policy is none, whose analysis is out of range", () => {
    const analysis = { alpha: 1, tolerance: 0.5, guarded: "yes" } as Wrong;
    const strategy = canary({ steps: [25, 5], hold: "soon", onNoEvidence: "wait", analysis } as Wrong);
    const at = 'Environment "staging": strategy';
    expect(ofEnvironment({ strategy }).map((line) => line.replace(/ \| .*/, ""))).toEqual([
      `environments.staging.strategy.steps: ${at}: steps must be percentages that rise, above 0 and below 100, like [5, 25, 50]`,
      `environments.staging.strategy.hold: ${at}: hold must be a length of time like "500ms", "30s", "5m" or "2h", not "soon"`,
      `environments.staging.strategy.onNoEvidence: ${at}: onNoEvidence must be one of "hold", "promote", "revert", not "wait"`,
      `environments.staging.strategy.analysis.alpha: ${at}: analysis.alpha must be a number above 0 and below 0.5, like 0.01, not 1`,
      `environments.staging.strategy.analysis.tolerance: ${at}: analysis.tolerance must be a number, 1 or more, like 1.5, not 0.5`,
      `environments.staging.strategy.analysis.guarded: ${at}: analysis.guarded must be true or false, not "yes"`,
    ]);
    expect(ofEnvironment({ strategy: canary() })).toEqual([]);
    expect(ofEnvironment({ strategy: blueGreen({ keep: "1h" }) })).toEqual([]);
  });

  test("rolls with amounts that are none, or that leave nothing to replace", () => {
    const at = 'Environment "staging": strategy';
    const amount = 'must be a whole number, 0 or more, or a part like "25%", not';
    const refused = (options: object) =>
      ofEnvironment({ strategy: rolling(options as Wrong) }).map((line) => line.replace(/ \| .*/, ""));
    expect(refused({ surge: -1, unavailable: "150%" })).toEqual([
      `environments.staging.strategy.surge: ${at}: surge ${amount} -1`,
      `environments.staging.strategy.unavailable: ${at}: unavailable ${amount} "150%"`,
    ]);
    expect(refused({ surge: "0%" })).toEqual([
      `environments.staging.strategy.surge: ${at}: surge must be 1 or more where none may be \`unavailable\`: nothing could be replaced, not "0%"`,
    ]);
    expect(refused({ surge: 2, batch: 2 })).toEqual([
      `environments.staging.strategy.batch: ${at}: batch must be left out beside \`surge\`, which says the same, not 2`,
    ]);
    for (const options of [{}, { batch: 2 }, { surge: "25%" }, { surge: 0, unavailable: 1 }, { unavailable: "50%" }])
      expect(refused(options)).toEqual([]);
  });

  test("has a driver or a strategy that this Tidegate does not know", () => {
    const driver = { kind: "driver", driver: "constructor" };
    const strategy = { kind: "strategy", strategy: "shadow" };
    expect(ofEnvironment({ driver, strategy })).toEqual([
      'environments.staging.driver: Environment "staging": this version of Tidegate has no driver "constructor" | It has local.',
      'environments.staging.strategy: Environment "staging": this version of Tidegate has no strategy "shadow" | It has rolling, recreate, blueGreen, canary.',
    ]);
  });

  test.each(["ftp://x", "localhost:8080", "http://x/path", "http://x?y", "http://u:p@x", "http://x:0", "http://", 5])(
    "cannot answer at %j",
    (url) => {
      expect(ofEnvironment({ driver: local({ url } as Wrong) })).toMatchObject([
        expect.stringMatching(/^environments\.staging\.driver\.url: /),
      ]);
    },
  );

  test("answers at an https address only where a proxy finds it", () => {
    expect(ofEnvironment({ driver: local({ url: "https://shop.example" }) })).toMatchObject([
      expect.stringMatching(/^environments\.staging\.driver\.url: .*https.* \| .*listen: "127\.0\.0\.1:8080"/),
    ]);
    const [url, listen] = ["https://shop.example", "127.0.0.1:8080"] as const;
    expect(ofEnvironment({ driver: local({ url, listen, trustProxies: ["10.0.0.0/8", "::1"] }) })).toEqual([]);
  });

  test.each([
    "8080",
    "localhost:8080",
    "127.0.0.1",
    "127.0.0.1:0",
    "127.0.0.1:65536",
    "::1:80",
    "[::1]",
    "[1.2.3.4]:80",
  ])("cannot listen on %j", (listen) => {
    expect(ofEnvironment({ driver: local({ listen } as Wrong) })).toMatchObject([
      expect.stringMatching(/^environments\.staging\.driver\.listen: /),
    ]);
  });

  test.each(["10.0.0.0/33", "proxy.local", ""])("cannot trust %j", (network) => {
    expect(ofEnvironment({ driver: local({ trustProxies: [network] }) })).toMatchObject([
      expect.stringMatching(/^environments\.staging\.driver\.trustProxies/),
    ]);
  });

  test("has the host of another at the same listener", () => {
    const [listen, proxied] = [
      "0.0.0.0:8080",
      { ...common, driver: local({ url: "https://a", listen: "0.0.0.0:8080" }) },
    ] as const;
    const other = { ...common, driver: local({ url: "https://a:8443", listen }) };
    expect(problemsOf({ environments: { staging: proxied, production: other } })).toHaveLength(1);
    const apart = { ...common, driver: local({ url: "https://b", listen }) };
    expect(problemsOf({ environments: { staging: proxied, production: apart } })).toEqual([]);
  });

  test("has the address of another", () => {
    const explicit = { ...common, driver: local({ url: "http://STAGING.localhost:8080/" }) };
    expect(problemsOf({ environments: { staging: common, production: explicit } }).map(show)).toEqual([
      'environments.production.driver.url: Environments "staging" and "production" both answer at http://staging.localhost:8080 | Give one of them another host or port.',
    ]);
  });

  test("comes after one that does not exist", () => {
    const environments = {
      staging: common,
      production: { ...common, after: "stagin" },
      last: { ...common, after: "zzz" },
    };
    expect(problemsOf({ environments }).map(show)).toEqual([
      'unknown-environment environments.production.after: Environment "production" comes after "stagin", which does not exist | Did you mean "staging"?',
      'unknown-environment environments.last.after: Environment "last" comes after "zzz", which does not exist | Other environments: staging, production.',
    ]);
  });

  test("comes after itself, or in a circle; what leads into a circle is not blamed", () => {
    const behind = (name: string) => ({ ...common, after: name });
    const environments = { entry: behind("a"), a: behind("b"), b: behind("c"), c: behind("a"), own: behind("own") };
    expect(problemsOf({ environments }).map(show)).toEqual([
      "environments.a.after: Environments come after each other in a cycle: a → b → c → a | Remove `after` from one of them.",
      'environments.own.after: Environment "own" comes after itself | Remove `after`, or name another environment.',
    ]);
  });

  test("has two gates of one name, and things that are no gates", () => {
    const gates = [check("smoke", "x"), check("smoke", "y"), "smoke", check("a b", "", { timeout: "soon" } as Wrong)];
    expect(ofEnvironment({ gates })).toEqual([
      'environments.staging.gates.2: Environment "staging": gates[2] must be a gate, not "smoke" | Write `check("name", "command")` or `window({ deny: [{ from: "Fri 16:00", to: "Mon 08:00" }], … })`.',
      'environments.staging.gates.1.name: Environment "staging" has two gates "smoke" | Give each gate of an environment its own name.',
      'environments.staging.gates.3.name: Environment "staging": gate 4: name must be letters, digits, `_`, `-` and `.`, beginning with a letter, not "a b"',
      'environments.staging.gates.3.run: Environment "staging": gate 4: run must be a command: a text, or a list of its words, not ""',
      'environments.staging.gates.3.timeout: Environment "staging": gate 4: timeout must be a length of time like "500ms", "30s", "5m" or "2h", not "soon"',
    ]);
  });

  test("asks people who cannot be asked", () => {
    const of = (access: Wrong, by?: Wrong, count?: Wrong) =>
      problemsOf({
        access,
        services: { web },
        environments: { staging: { ...common, gates: [approval({ ...(by && { by }), ...(count && { count }) })] } },
      }).map(show);
    const groups = { leads: ["ada@example.org", "grace"] };
    expect(of({ groups, approvers: ["group:leads", "head@example.org"] }, undefined, 3)).toEqual([]);
    const where = 'environments.staging.gates.0: Environment "staging": approval:';
    const who = 'Say who: `access: { approvers: ["lead@example.org"] }`.';
    expect(of(undefined)).toEqual([`${where} nobody may give it | ${who}`]);
    expect(of({ groups }, ["group:leads", "grace"], 3)).toEqual([
      `${where} it needs 3, and only 2 may give it | ${who}`,
    ]);
    expect(of({ groups, approvers: ["group:leds"] }, "group:leads")).toEqual([
      'access.approvers.0: There is no group "leds" in access.groups | Did you mean "group:leads"?',
    ]);
    expect(of({ approvers: ["a b"] })).toEqual([
      'access.approvers.0: access: approvers[0] must be an e-mail address, the name of a user, or "group:" and a name, not "a b"',
    ]);
    expect(of({ approvers: ["ada"] }, [], 0.5)).toEqual([
      'environments.staging.gates.0.by: Environment "staging": approval: by must be "approvers", "operators", an e-mail address, the name of a user, or "group:" and a name; or a list of them',
      'environments.staging.gates.0.count: Environment "staging": approval: count must be a whole number, 1 or more, not 0.5',
    ]);
  });

  test("has a window that cannot be", () => {
    const of = (deny: Wrong, timeZone: Wrong = "Europe/Berlin") =>
      ofEnvironment({ gates: [window({ deny, timeZone })] });
    const where = (path: string) => `environments.staging.gates.0.${path}: Environment "staging": window:`;
    const day = 'Write "Fri 16:00", or a day of the calendar like "2026-12-20".';
    const range = { from: "Fri 16:00", to: "Mon 08:00" };
    expect(
      of([range, { from: "2026-12-20", to: "2027-01-02" }, { from: "2027-02-01 12:00", to: "2027-02-01" }]),
    ).toEqual([]);
    expect(of([{ from: "Fry 16:00", to: "Mon 8:00" }])).toEqual([
      `${where("deny.0.from")} from must be a day and a time, not "Fry 16:00" | Did you mean "Fri"?`,
      `${where("deny.0.to")} to must say a time like "16:00", not "Mon 8:00" | ${day}`,
    ]);
    expect(
      of([
        { from: "2027-02-30", to: "2027-03-01" },
        { from: "Fri", to: "Mon 24:00" },
      ]),
    ).toEqual([
      `${where("deny.0.from")} from must be a day and a time, not "2027-02-30" | ${day}`,
      `${where("deny.1.from")} from must say a time like "16:00", not "Fri" | ${day}`,
      `${where("deny.1.to")} to must say a time like "16:00", not "Mon 24:00" | ${day}`,
    ]);
    expect(
      of([
        { from: "Fri 16:00", to: "Fri 16:00" },
        { from: "2027-01-02", to: "2026-12-20" },
      ]),
    ).toEqual([
      `${where("deny.0.to")} the range from "Fri 16:00" to "Fri 16:00" begins and ends at the same time | Give it another \`to\`.`,
      `${where("deny.1.to")} the range from "2027-01-02" to "2026-12-20" ends before it begins | Give it another \`to\`.`,
    ]);
    expect(of([{ from: "Fri 16:00", to: "2026-12-20" }])).toEqual([
      `${where("deny.0.to")} the range from "Fri 16:00" to "2026-12-20" mixes a day of the week and a day of the calendar | Give it another \`to\`.`,
    ]);
    expect(
      of([
        { from: "Mon 00:00", to: "Thu 12:00" },
        { from: "Thu 09:00", to: "Mon 00:00" },
      ]),
    ).toEqual([`${where("deny")} its ranges leave no time at which it is open | Leave out some of them.`]);
    expect(of([range], "Europe/Bielefeld")).toEqual([
      `${where("timeZone")} timeZone must be the name of a time zone like "Europe/Berlin", not "Europe/Bielefeld"`,
    ]);
    expect(of("weekends")).toEqual([
      `${where("deny")} deny must be a list of ranges like { from: "Fri 16:00", to: "Mon 08:00" }, not "weekends"`,
    ]);
    const twice = window({ deny: [range as Wrong], timeZone: "UTC" });
    expect(ofEnvironment({ gates: [twice, twice, check("window", "x")] })).toEqual([
      'environments.staging.gates.1: Environment "staging" has two gates of the kind "window" | Write all of it in one.',
      'environments.staging.gates.2.name: Environment "staging" has two gates "window" | Give each gate of an environment its own name.',
    ]);
  });

  test("has replicas that are wrong, undeclared, without a reason or of no service", () => {
    expect(ofEnvironment({ replicas: { web: 2 } })).toEqual([
      'environments.staging.replicas.web: Environment "staging": replicas of "web" must be made by differs(…) | Write `differs(2, "why it differs")`.',
    ]);
    expect(ofEnvironment({ replicas: { web: differs(-1, " ") } })).toMatchObject([
      expect.stringMatching(
        /^environments\.staging\.replicas\.web\.value: .* must be a whole number, 0 or more, not -1/,
      ),
      expect.stringMatching(/^environments\.staging\.replicas\.web\.reason: /),
    ]);
    expect(ofEnvironment({ replicas: { wbe: differs(2, "x") } })).toEqual([
      'unknown-service environments.staging.replicas.wbe#: Environment "staging": there is no service "wbe" | Did you mean "web"?',
    ]);
  });

  test.each(["Staging", "my_env", "a.b", "1", "a-", "__proto__"])("cannot be called %j", (name) => {
    const environments = Object.fromEntries([[name, common]]);
    expect(problemsOf({ environments }).filter(({ at }) => at === "key")).toMatchObject([
      { path: ["environments", name] },
    ]);
  });
});

describe("a config key", () => {
  test.each(["A-B", "1A", "", "A B", "A=B", "Ä"])("cannot be called %j", (key) => {
    expect(problemsOf({ config: { [key]: z.string() } })).toMatchObject([{ path: ["config", key], at: "key" }]);
  });

  test.each(["PORT", "HOST", "TIDEGATE_URL", "TIDEGATE_"])("cannot be called %s, which Tidegate sets", (key) => {
    expect(ofKey(z.string(), key)).toMatchObject([expect.stringMatching(/is reserved/)]);
  });

  test("may have a name that JavaScript uses itself", () => {
    expect(ofKey(z.string(), "constructor")).toEqual([]);
    expect(problemsOf({ config: Object.fromEntries([["__proto__", 5]]) })).toMatchObject([
      { path: ["config", "__proto__"] },
    ]);
  });

  test("is a value where a schema should stand", () => {
    expect(ofKey(60)).toMatchObject([
      expect.stringMatching(/Write a schema with a default: `z\.coerce\.number\(\)\.default\(60\)`/),
    ]);
    expect(ofKey("x")).toMatchObject([expect.stringMatching(/`z\.string\(\)\.default\("x"\)`/)]);
    expect(ofKey(null)).toMatchObject([expect.stringMatching(/Write a schema, for example `z\.string\(\)`/)]);
    expect(ofKey({ "~standard": {} })).toHaveLength(1);
  });

  test("differs without a schema or a reason", () => {
    expect(ofKey(differs(5 as Wrong, ""))).toMatchObject([
      expect.stringMatching(/^config\.LEVEL\.value: /),
      expect.stringMatching(/^config\.LEVEL: .* does not say why/),
    ]);
  });

  test("is a secret in the wrong place", () => {
    expect(ofKey(secret(undefined as Wrong))).toMatchObject([expect.stringMatching(/^config\.LEVEL\.schema: /)]);
    expect(ofKey(differs(secret(z.string()) as Wrong, "x"))).toMatchObject([
      expect.stringMatching(/always differs between environments/),
    ]);
    expect(ofKey(secret(differs(z.string(), "x") as Wrong))).toMatchObject([
      expect.stringMatching(/always differs between environments/),
    ]);
    expect(ofKey(shared(z.string(), "x"))).toMatchObject([
      expect.stringMatching(/shared\(…\) may only be used inside secret\(…\)/),
    ]);
    expect(ofKey(secret(shared(z.string(), undefined as Wrong)))).toMatchObject([
      expect.stringMatching(/does not say why/),
    ]);
  });

  test("may be a schema of any vendor, a function too", () => {
    const schema = Object.assign(() => 1, {
      "~standard": { version: 1, vendor: "own", validate: () => ({ value: 1 }) },
    });
    expect(ofKey(schema)).toEqual([]);
  });
});

test("limits of releases are whole numbers and ages", () => {
  expect(problemsOf({ releases: { keep: 3, maxAge: "7d" } })).toEqual([]);
  expect(problemsOf({ releases: { keep: 0, maxAge: "soon" } }).map(show)).toHaveLength(2);
});

test("a static site is a service of a folder, and never of a whole project", () => {
  const site = staticSite({ folder: "dist", route: "/docs", fallback: true, immutable: ["assets"] });
  expect(site).toEqual({
    kind: "service",
    run: ["tidegate:static", "dist/", "--base=/docs", "--fallback=index.html", "--immutable=assets/"],
    files: ["dist/"],
    route: "/docs",
  });
  const problems = (options: object) => problemsOf({ services: { web: staticSite(options as Wrong) } }).map(show);
  expect(problems({ folder: "dist/" })).toEqual([]);
  expect(problems({ folder: "./", files: ["index.html", "css/"] })).toEqual([]);
  expect(problems({ folder: "." })).toEqual([
    'services.web: Service "web" would serve every file of the project, its sources and settings included | Say which files are for everybody: `files: ["index.html", "css/", "img/"]`.',
  ]);
  expect(problems({ folder: "../dist" })).toEqual([
    expect.stringContaining(
      'path-outside-project services.web.files.0: Service "web": "../dist/" leads outside the project',
    ),
  ]);
});
