// Compiled, never run: each @ts-expect-error is a mistake that must be a red line in the editor.
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
  shared,
  task,
  terraform,
} from "tidegate";
import { z } from "zod";

const install = task({ run: "npm ci", inputs: ["package.json"], outputs: ["node_modules/"] });
const test = task({ run: ["npm", "test"], needs: [install], reports: { junit: "reports/junit.xml" }, timeout: "5m" });
const web = service({ run: "node server.js", files: ["dist/"], health: "/healthz" });
const config = {
  LOG_LEVEL: differs(z.enum(["debug", "info"]), "staging is chatty"),
  LIMIT: differs(z.coerce.number().default(10), "production allows more"),
  SESSION_KEY: secret(z.string().min(32)),
  LICENSE: secret(shared(z.string(), "one licence for the company")),
  CACHE_TTL: z.coerce.number().default(60),
};
const common = { driver: local(), strategy: rolling() };

defineProject({
  name: "good",
  pipeline: { install, test },
  services: { web },
  config,
  environments: {
    staging: { ...common, config: { LOG_LEVEL: "debug" } },
    production: {
      driver: local({ url: "http://good.localhost:8080" }),
      strategy: recreate(),
      after: "staging",
      gates: [check("smoke", "node smoke.js")],
      replicas: { web: differs(3, "traffic") },
      config: { LOG_LEVEL: "info", LIMIT: 100 },
    },
  },
});
defineProject({ name: "pipeline-only", pipeline: { install } });
defineProject({ name: "no-config", pipeline: { install }, services: { web }, environments: { staging: common } });

defineProject({
  name: "worker",
  pipeline: { install },
  services: { web, mailer: service({ run: ["node", "mailer.js"], files: [], route: false, replicas: 0 }) },
  config: { LEVEL: z.string().default("info") },
  environments: { only: { ...common, replicas: { mailer: differs(2, "mail piles up") }, gates: [] } },
});

// @ts-expect-error a wrong key of a task
task({ run: "x", input: ["a"] });
// @ts-expect-error a task without a command
task({ inputs: [] });
// @ts-expect-error needs are tasks, not names
task({ run: "x", needs: ["install"] });
// @ts-expect-error a health path begins with a slash
service({ run: "x", files: [], health: "healthz" });
service({ run: "x", files: [], route: "internal", needs: [web], writes: ["uploads/"], drainTimeout: "1m" });
// @ts-expect-error needs are services, not names
service({ run: "x", files: [], needs: ["web"] });
// @ts-expect-error a difference needs a reason
differs(z.string());
// @ts-expect-error a shared secret needs a reason
secret(shared(z.string()));
// @ts-expect-error a secret has a schema
secret();
// @ts-expect-error shared stands only inside secret
defineProject({ name: "shared", pipeline: {}, config: { KEY: shared(z.string(), "why") } });
// @ts-expect-error a config key has a schema, not a value
defineProject({ name: "value", pipeline: {}, config: { TTL: 60 } });
// @ts-expect-error a service says what its files are
service({ run: "x" });
// @ts-expect-error a task is made by task(…)
defineProject({ name: "task", pipeline: { build: { run: "make" } } });
// @ts-expect-error a duration has a unit
task({ run: "x", timeout: "5 minutes" });
// @ts-expect-error the address of an environment is a URL
local({ url: "localhost:8080" });

defineProject({
  name: "missing-value",
  pipeline: {},
  config,
  // @ts-expect-error LOG_LEVEL is declared differs and has no value
  environments: { staging: { ...common, config: {} } },
});
defineProject({
  name: "missing-config",
  pipeline: {},
  config,
  // @ts-expect-error config is missing altogether
  environments: { staging: common },
});
defineProject({
  name: "wrong-type",
  pipeline: {},
  config,
  // @ts-expect-error "loud" is not a log level
  environments: { staging: { ...common, config: { LOG_LEVEL: "loud" } } },
});
defineProject({
  name: "undeclared-difference",
  pipeline: {},
  config,
  // @ts-expect-error CACHE_TTL is equal everywhere
  environments: { staging: { ...common, config: { LOG_LEVEL: "info", CACHE_TTL: 5 } } },
});
defineProject({
  name: "undeclared-difference-though-nothing-differs",
  pipeline: {},
  config: { CACHE_TTL: z.coerce.number().default(60) },
  // @ts-expect-error CACHE_TTL is equal everywhere
  environments: { staging: { ...common, config: { CACHE_TTL: 5 } } },
});
defineProject({
  name: "secret-in-the-file",
  pipeline: {},
  config,
  // @ts-expect-error secrets do not stand in the file
  environments: { staging: { ...common, config: { LOG_LEVEL: "info", SESSION_KEY: "x".repeat(32) } } },
});
defineProject({
  name: "unknown-after",
  pipeline: {},
  // @ts-expect-error there is no environment "stagin"
  environments: { staging: common, production: { ...common, after: "stagin" } },
});
defineProject({
  name: "after-itself",
  pipeline: {},
  // @ts-expect-error an environment does not come after itself
  environments: { staging: { ...common, after: "staging" } },
});
defineProject({
  name: "unknown-service",
  pipeline: {},
  services: { web },
  // @ts-expect-error there is no service "wbe"
  environments: { staging: { ...common, replicas: { wbe: differs(2, "why not") } } },
});
defineProject({
  name: "undeclared-replicas",
  pipeline: {},
  services: { web },
  // @ts-expect-error replicas differ only with a reason
  environments: { staging: { ...common, replicas: { web: 2 } } },
});
// @ts-expect-error a wrong key of the project
defineProject({ name: "wrong-key", pipelines: {}, pipeline: {} });
// @ts-expect-error a wrong key of an environment
defineProject({ name: "wrong-key", pipeline: {}, environments: { staging: { ...common, strategie: rolling() } } });

const db = postgres({ version: "16", backup: { every: "24h", keep: 14, to: "backups" } });
const uploads = folder();
const infra = terraform({ dir: "infra", program: "tofu", variables: { size: "small" } });
const api = service({
  run: "x",
  files: [],
  uses: { DATABASE_URL: db, PGHOST: output(db, "host"), UPLOADS: uploads, BUCKET: output(infra, "bucket") },
  limits: { memory: "512MB", cpu: 0.5 },
  inPreviews: true,
});
defineProject({
  name: "resources",
  pipeline: { install: because(install, "npm ci is the same everywhere") },
  services: { api: because(api, "one process is enough") },
  resources: { db, uploads, infra },
  config: {
    BASE_URL: address(),
    LEVEL: differs(z.string(), "chatty", { until: "2027-03-01", owner: "team-web" }),
  },
  environments: {
    staging: { ...common, purpose: "Where things are tried.", protected: false, config: { LEVEL: "debug" } },
    production: {
      driver: because(local(), "one machine carries it"),
      strategy: because(rolling(), "two releases can serve side by side"),
      gates: [because(check("smoke", "true"), "it broke twice")],
      limits: { api: differs({ memory: "1GB" }, "traffic") },
      resources: { db: differs(because(external({ url: "MAIN_DB_URL" }), "it is theirs"), "the provider's") },
      config: { LEVEL: "info" },
    },
  },
  previews: { from: "staging", ttl: "3d", max: 5, data: { seed: ["node", "seed.js"] } },
  objectives: { leadTime: "1h", rollback: "30s", changeFailRate: 0.1 },
});
because(
  matrix({ node: [22, 24] }, () => task({ run: "x" })),
  "both are supported",
);

// @ts-expect-error a reason is given
because(rolling());
// @ts-expect-error a schema is no choice
because(z.string(), "why");
// @ts-expect-error what differs says why by itself
because(differs(3, "traffic"), "why");
// @ts-expect-error a major version is a text
postgres({ version: 16 });
// @ts-expect-error a postgres has a version
postgres({});
// @ts-expect-error an age has a unit
folder({ backup: { every: "daily" } });
// @ts-expect-error a terraform has a folder
terraform({ program: "tofu" });
// @ts-expect-error there is no such program
terraform({ dir: "infra", program: "pulumi" });
// @ts-expect-error variables are texts
terraform({ dir: "infra", variables: { replicas: 3 } });
// @ts-expect-error a service uses a resource, not its name
service({ run: "x", files: [], uses: { DATABASE_URL: "db" } });
// @ts-expect-error what is external stands in an environment
service({ run: "x", files: [], uses: { DATABASE_URL: external() } });
// @ts-expect-error outputs are of a resource, not of its name
output("db", "url");
// @ts-expect-error memory has a unit
service({ run: "x", files: [], limits: { memory: 512 } });
// @ts-expect-error memory is a size
service({ run: "x", files: [], limits: { memory: "lots" } });
// @ts-expect-error a wrong key of limits
service({ run: "x", files: [], limits: { disk: "1GB" } });
// @ts-expect-error the last day is a day
differs(3, "traffic", { until: "tomorrow" });
// @ts-expect-error a wrong key of a difference
differs(3, "traffic", { untill: "2027-03-01" });
// @ts-expect-error an address takes nothing
address("http://x");
// @ts-expect-error what is external is not the project's
defineProject({ name: "external", pipeline: {}, resources: { db: external() } });

defineProject({
  name: "address-set",
  pipeline: {},
  config: { BASE_URL: address() },
  // @ts-expect-error the address comes from the driver
  environments: { staging: { ...common, config: { BASE_URL: "http://x" } } },
});
defineProject({
  name: "previews-of-production",
  pipeline: {},
  environments: { staging: common, production: common },
  // @ts-expect-error previews are never made like production
  previews: { from: "production" },
});
defineProject({
  name: "previews-of-nothing",
  pipeline: {},
  environments: { staging: common },
  // @ts-expect-error there is no environment "stagin"
  previews: { from: "stagin" },
});
defineProject({
  name: "previews-ttl",
  pipeline: {},
  environments: { staging: common },
  // @ts-expect-error an age has a unit
  previews: { from: "staging", ttl: "soon" },
});
defineProject({
  name: "unknown-resource",
  pipeline: {},
  resources: { db },
  // @ts-expect-error there is no resource "dbb"
  environments: { staging: { ...common, resources: { dbb: differs(external(), "why") } } },
});
defineProject({
  name: "undeclared-resource",
  pipeline: {},
  resources: { db },
  // @ts-expect-error another kind is a declared difference
  environments: { staging: { ...common, resources: { db: external() } } },
});
defineProject({
  name: "undeclared-limits",
  pipeline: {},
  services: { web },
  // @ts-expect-error limits differ only with a reason
  environments: { staging: { ...common, limits: { web: { memory: "1GB" } } } },
});
defineProject({
  name: "limits-of-nothing",
  pipeline: {},
  services: { web },
  // @ts-expect-error there is no service "wbe"
  environments: { staging: { ...common, limits: { wbe: differs({ memory: "1GB" }, "why") } } },
});
// @ts-expect-error a wrong key of the objectives
defineProject({ name: "objectives", pipeline: {}, objectives: { leadtime: "1h" } });
