import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  address,
  because,
  check,
  defineProject,
  differs,
  external,
  folder,
  local,
  matrix,
  output,
  postgres,
  recreate,
  rolling,
  secret,
  service,
  task,
  terraform,
  workspace,
} from "../../src/definition/builders.ts";
import { validateProject } from "../../src/definition/check/validate.ts";
import { isProtected } from "../../src/definition/protected.ts";

// biome-ignore lint/suspicious/noExplicitAny: what the types refuse is what is tested here
type Wrong = any;

const build = task({ run: "npm run build" });
const common = { driver: local(), strategy: rolling() };
const db = postgres({ version: "16" });
const files = folder();
const infra = terraform({ dir: "infra" });
const web = service({ run: "node .", files: ["dist/"] });

/** `path: message | hint`, with `#` for problems of the key itself. */
function problemsOf(options: object): string[] {
  const problems = validateProject(defineProject({ name: "shop", pipeline: { build }, ...options } as Wrong));
  return problems.map(({ code, path, at, message, hint }) => {
    const where = `${path.join(".")}${at === "key" ? "#" : ""}`;
    return `${code === "invalid-definition" ? "" : `${code} `}${where}: ${message}${hint === undefined ? "" : ` | ${hint}`}`;
  });
}

const ofResource = (resource: unknown) => problemsOf({ resources: { db: resource } });
const ofUses = (uses: unknown, more: object = {}) =>
  problemsOf({ resources: { db, files, infra }, services: { web: service({ ...web, uses } as Wrong) }, ...more });
const ofService = (options: object) => problemsOf({ services: { web: service({ ...web, ...options } as Wrong) } });
const ofEnvironment = (options: object) =>
  problemsOf({
    resources: { db, files, infra },
    services: { web },
    environments: { staging: { ...common, ...options } },
  });

test("a definition that uses every part of it has no problems", () => {
  const backup = { every: "24h", keep: 14, maxAge: "30d", to: "/mnt/backups" } as const;
  const big = postgres({ version: "17", backup });
  const uploads = folder({ backup: { to: "backups" } });
  const cloud = terraform({ dir: "infra", program: "tofu", variables: { environment: "{environment}" } });
  const api = service({
    run: "node api.js",
    files: [],
    route: "internal",
    uses: { DATABASE_URL: big, PGHOST: output(big, "host"), UPLOADS: uploads, BUCKET: output(cloud, "any_name") },
    limits: { memory: "512MB", cpu: 0.5 },
    inPreviews: true,
  });
  const problems = problemsOf({
    resources: { big, uploads, cloud },
    services: { web, api },
    config: {
      BASE_URL: address(),
      LEVEL: differs(z.string(), "chatty", { until: "2027-03-01", owner: "team-web" }),
    },
    environments: {
      staging: { ...common, purpose: "Where everything is tried first.", config: { LEVEL: "a" } },
      production: {
        ...common,
        protected: true,
        limits: { api: differs({ memory: "1GB" }, "traffic") },
        resources: {
          big: differs(external({ url: "MAIN_DB_URL" }), "the provider looks after it", { owner: "ann" }),
          uploads: differs(folder({ backup: { every: "1h" } }), "it matters here"),
        },
        replicas: { web: differs(3, "traffic", { until: "2028-02-29" }) },
        config: { LEVEL: "b" },
      },
    },
    previews: { from: "staging", ttl: "3d", max: 5, data: { seed: "node seed.js" } },
    objectives: { leadTime: "1h", rollback: "30s", changeFailRate: 0.1, recovery: "1h", deploymentsPerWeek: 5 },
  });
  expect(problems).toEqual([]);
});

test("because(…) stands on everything that a builder makes and that is a choice", () => {
  const why = <T extends Parameters<typeof because>[0]>(chosen: T) => because(chosen, "it was measured");
  const test = why(matrix({ node: [22] }, () => task({ run: "x" })));
  const store = why(db);
  const [data, cloud] = [why(files), why(infra)];
  const api = why(service({ ...web, uses: { A: store, B: data, C: output(cloud, "c") } }));
  const environment = {
    driver: why(local()),
    strategy: why(rolling()),
    gates: [why(check("smoke", "true"))],
    resources: { store: differs(why(external()), "x") },
  };
  const problems = problemsOf({
    pipeline: { build: why(build), test },
    packages: { unit: why(workspace({ unit: {} }).unit) },
    services: { api },
    resources: { store, data, cloud },
    environments: { a: environment, b: { driver: local(), strategy: why(recreate()) } },
  });
  expect(problems).toEqual([]);
  expect(api).toMatchObject({ kind: "service", because: "it was measured" });
  expect(Object.isFrozen(api)).toBe(true);
  expect(problemsOf({ services: { web: because(web, " ") } })).toEqual([
    'services.web.because: Service "web": because must be a text that is not empty, not " "',
  ]);
});

describe("a resource", () => {
  test.each(["", 16, "16.4", "0", "100", "latest", undefined])("is no PostgreSQL of version %j", (version) => {
    expect(ofResource(postgres({ version } as Wrong))).toMatchObject([
      expect.stringMatching(/^resources\.db\.version: /),
    ]);
  });

  test("is not made by a builder, or by one that this Tidegate does not have", () => {
    const message = 'Resource "db" must be made by postgres(…), folder(…) or terraform(…)';
    const hint = 'For example `postgres({ version: "16" })`.';
    for (const wrong of [{ version: "16" }, null, "postgres", { kind: "resource", resource: "constructor" }, web])
      expect(ofResource(wrong)).toEqual([`resources.db: ${message} | ${hint}`]);
  });

  test("is external for the whole project", () => {
    expect(ofResource(external())).toEqual([
      'resources.db: Resource "db" is external(…), which does not say what kind of resource it is | Say here what it is, and say in the environment that it is managed elsewhere.',
    ]);
  });

  test("has a backup that is none", () => {
    const backup = { every: "daily", keep: 0, maxAge: -1, to: "", evry: 1 };
    expect(ofResource(folder({ backup } as Wrong)).map((problem) => problem.split(":")[0])).toEqual(
      ["every", "keep", "maxAge", "to", "evry#"].map((key) => `resources.db.backup.${key}`),
    );
  });

  test("is a Terraform configuration outside of the project, with a program or variables that are none", () => {
    expect(ofResource(terraform({ dir: "../infra" }))).toEqual([
      'path-outside-project resources.db.dir: Resource "db": "../infra" leads outside the project | Write a path relative to the definition, without `..`.',
    ]);
    const wrong = { dir: "infra", program: "pulumi", variables: { replicas: 3 } };
    expect(ofResource(terraform(wrong as Wrong))).toEqual([
      'resources.db.program: Resource "db": program must be "terraform" or "tofu", not "pulumi"',
      'resources.db.variables: Resource "db": variables must be an object with texts',
    ]);
  });

  test.each(["", "a b", "1a", "ä", "../db"])("cannot be called %j", (name) => {
    expect(problemsOf({ resources: { [name]: db } })).toMatchObject([
      expect.stringMatching(/cannot be the name of a res/),
    ]);
  });

  test("has two names", () => {
    expect(problemsOf({ resources: { db, main: db } })).toEqual([
      'resources.main#: "db" and "main" are the same resource | A resource has one name: declare a second one.',
    ]);
  });
});

describe("what a service uses", () => {
  test("is a name where the resource itself should stand, or nothing at all", () => {
    const hint = "Give the resource itself, not its name: `uses: { DATABASE_URL: db }`.";
    for (const used of ["db", undefined, {}, web, output("db" as Wrong, "url")])
      expect(ofUses({ DATABASE_URL: used })).toEqual([
        `services.web.uses.DATABASE_URL: Service "web" uses something that is not a resource | ${hint}`,
      ]);
    expect(ofUses([db])).toMatchObject([expect.stringMatching(/^services\.web\.uses: .*an object with resources/)]);
  });

  test("is not among the project's resources, as what because(…) gave is not", () => {
    const problem =
      'services.web.uses.A: Service "web" uses a resource that is not in `resources` | Put it in `resources: { … }` as well. Note that `because(…)` returns a new one, not the one it was given.';
    expect(ofUses({ A: folder() })).toEqual([problem]);
    expect(ofUses({ A: because(db, "why") })).toEqual([problem]);
  });

  test("has no such output", () => {
    expect(ofUses({ A: output(db, "ulr"), B: output(files, "url"), C: infra })).toEqual([
      'services.web.uses.A.name: Service "web": a postgres has no "ulr" | Did you mean "url"?',
      'services.web.uses.B.name: Service "web": a folder has no "url" | It has path.',
      'services.web.uses.C: Service "web": a terraform is used through its outputs | Name one of its outputs: `output(infra, "bucket")`.',
    ]);
  });

  test("is of a kind that nobody knows: it is told once, and nothing throws", () => {
    const strange = { kind: "resource", resource: "constructor" };
    const services = { web: service({ ...web, uses: { A: strange, B: output(strange as Wrong, "x") } as Wrong }) };
    expect(problemsOf({ resources: { strange }, services })).toMatchObject([
      expect.stringMatching(/^resources\.strange: .* must be made by/),
    ]);
  });

  test.each(["PORT", "HOST", "TIDEGATE_URL", "a b", "1A", "A=B", ""])("cannot come as %j", (variable) => {
    expect(ofUses({ [variable]: db })).toMatchObject([expect.stringMatching(/cannot be its environment variable/)]);
  });

  test("would come in a variable that means something else", () => {
    expect(ofUses({ LEVEL: db }, { config: { LEVEL: z.string() } })).toEqual([
      'services.web.uses.LEVEL#: Service "web": LEVEL is also a config key | Remove the config key: the resource provides the value.',
    ]);
    const api = service({ run: "x", files: [], route: "internal" });
    const shop = service({ ...web, needs: [api], uses: { API_URL: db } });
    expect(problemsOf({ resources: { db }, services: { api, shop } })).toEqual([
      'services.shop.uses.API_URL#: Service "shop": API_URL is also the address of a service that it needs | Give the resource another variable.',
    ]);
  });
});

describe("limits", () => {
  test.each(["512", "512KB", "0MB", "0.5MB", 512, "1TB", "-1MB", "512mb"])("cannot be %j of memory", (memory) => {
    expect(ofService({ limits: { memory } })).toMatchObject([
      expect.stringMatching(/^services\.web\.limits\.memory: /),
    ]);
  });

  test.each([0, -1, 0.001, "1", Number.NaN, 1e9])("cannot be %j processors", (cpu) => {
    expect(ofService({ limits: { cpu } })).toMatchObject([expect.stringMatching(/^services\.web\.limits\.cpu: /)]);
  });

  test("of an environment are a declared difference of a service that there is", () => {
    expect(ofEnvironment({ limits: { web: { memory: "1GB" }, wbe: differs({ cpu: 1 }, "x") } })).toEqual([
      'environments.staging.limits.web: Environment "staging": limits of "web" must be made by differs(…) | Write `differs({ memory: "512MB" }, "why it differs")`.',
      'unknown-service environments.staging.limits.wbe#: Environment "staging": there is no service "wbe" | Did you mean "web"?',
    ]);
    expect(ofEnvironment({ limits: { web: differs({ memory: "lots" }, "x") } })).toEqual([
      'environments.staging.limits.web.value.memory: Environment "staging": limits of "web": value.memory must be a size of 1MB or more, like "512MB", not "lots"',
    ]);
  });
});

describe("a declared difference", () => {
  test.each(["2027-02-30", "tomorrow", "2027-3-1", "", 2027, "2027-03-01T00:00:00Z"])(
    "cannot last until %j",
    (until) => {
      const options = { until } as Wrong;
      expect(ofEnvironment({ replicas: { web: differs(3, "x", options) } })).toHaveLength(1);
      expect(problemsOf({ config: { LEVEL: differs(z.string(), "x", options) } })).toHaveLength(1);
    },
  );

  test("has options that nobody knows, or an owner without a name", () => {
    const wrong = { untill: "2027-03-01", owner: "" } as Wrong;
    expect(problemsOf({ config: { LEVEL: differs(z.string(), "x", wrong) } })).toEqual([
      'config.LEVEL.owner: Config key LEVEL: owner must be a text that is not empty, not ""',
      'config.LEVEL.untill#: Config key LEVEL has no key "untill" | Did you mean "until"?',
    ]);
    expect(ofEnvironment({ replicas: { web: differs(3, "x", wrong) } })).toHaveLength(2);
  });
});

describe("an environment's resources", () => {
  test("are not declared, not differing, or not what the project has", () => {
    expect(
      ofEnvironment({
        resources: {
          db: external(),
          dbb: differs(external(), "x"),
          files: differs(postgres({ version: "16" }), "x"),
          infra: differs(external(), "x"),
        },
      }),
    ).toEqual([
      'environments.staging.resources.db: Environment "staging": kind of "db" must be made by differs(…) | Write `differs(external(), "why it differs")`.',
      'environments.staging.resources.dbb#: Environment "staging": there is no resource "dbb" | Did you mean "db"?',
      'environments.staging.resources.files.value: Environment "staging": kind of "files" must be a folder, as in `resources`, not a postgres',
      'environments.staging.resources.infra.value: Environment "staging": kind of "infra": a terraform cannot be external(…) | Remove it here: only a postgres can be managed elsewhere.',
    ]);
  });

  test("are external with a URL where the name of a secret should stand", () => {
    const db = differs(external({ url: "postgres://ann:hunter2@db" } as Wrong), "x");
    const [problem, ...more] = ofEnvironment({ resources: { db } });
    expect(problem).toMatch(/^environments\.staging\.resources\.db\.value\.url: .* must be the name of a secret/);
    expect(more).toEqual([]);
    // It may be a password: it is not repeated.
    expect(problem).not.toContain("hunter2");
  });
});

describe("previews", () => {
  const ofPreviews = (previews: unknown, environments: object = { staging: common, production: common }) =>
    problemsOf({ previews, environments });

  test("leave the name of the place of their secrets to nobody else", () => {
    expect(ofPreviews({ from: "staging" }, { staging: common, preview: common })).toEqual([
      'environments.preview#: No environment can be named "preview" where there are previews: it would have their secrets | Give it another name.',
    ]);
    expect(ofPreviews(undefined, { staging: common, preview: common })).toEqual([]);
  });

  test("are made like an environment that is not there, or that is protected", () => {
    expect(ofPreviews({ from: "stagin" })).toEqual([
      'previews.from: The previews: there is no environment "stagin" | Environments: staging, production.',
    ]);
    const hint = "Name another environment, one that it does not matter to lose.";
    expect(ofPreviews({ from: "production" })).toEqual([
      `previews.from: Previews cannot be modelled on "production", which is protected | ${hint}`,
    ]);
    expect(ofPreviews({ from: "live" }, { live: { ...common, protected: true } })).toEqual([
      `previews.from: Previews cannot be modelled on "live", which is protected | ${hint}`,
    ]);
    expect(ofPreviews({ from: "production" }, { production: { ...common, protected: false } })).toEqual([]);
  });

  test("have limits and data that are none", () => {
    const wrong = { from: "staging", ttl: "soon", max: 0, data: "everything", fom: 1 };
    expect(ofPreviews(wrong)).toEqual([
      'previews.ttl: The previews: ttl must be an age like "12h" or "30d", not "soon"',
      "previews.max: The previews: max must be a whole number, 1 or more, not 0",
      'previews.data: The previews: data must be "empty", "snapshot" or { seed: command }, not "everything"',
      'previews.fom#: The previews has no key "fom" | Did you mean "from"?',
    ]);
    expect(ofPreviews({})).toEqual(['previews: The previews lacks "from" | Add "from".']);
    expect(ofPreviews({ from: "staging", data: { seed: "" } })).toHaveLength(1);
    expect(ofPreviews("staging")).toHaveLength(2);
  });

  test("run a service or not: nothing else can be said of it", () => {
    expect(ofService({ inPreviews: "no" })).toEqual([
      'services.web.inPreviews: Service "web": inPreviews must be true or false, not "no"',
    ]);
  });
});

test("objectives are ages, shares and numbers", () => {
  const objectives = {
    leadTime: "fast",
    rollback: "1.5s",
    changeFailRate: 10,
    recovery: 0,
    deploymentsPerWeek: 0,
    x: 1,
  };
  expect(problemsOf({ objectives }).map((problem) => problem.split(":")[0])).toEqual(
    ["leadTime", "rollback", "changeFailRate", "recovery", "deploymentsPerWeek", "x#"].map(
      (key) => `objectives.${key}`,
    ),
  );
});

test("an environment's purpose is a sentence, and whether it is protected is yes or no", () => {
  expect(ofEnvironment({ purpose: "", protected: "yes" })).toEqual([
    'environments.staging.purpose: Environment "staging": purpose must be a text that is not empty, not ""',
    'environments.staging.protected: Environment "staging": protected must be true or false, not "yes"',
  ]);
});

test("production is protected unless the definition says otherwise, and nothing else is", () => {
  expect(isProtected("production", {})).toBe(true);
  expect(isProtected("production", { protected: false })).toBe(false);
  expect(isProtected("staging", {})).toBe(false);
  expect(isProtected("staging", { protected: true })).toBe(true);
});

test("a secret cannot be an address", () => {
  expect(problemsOf({ config: { URL: secret(address() as Wrong) } })).toHaveLength(1);
});
