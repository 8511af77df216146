// Compiled, never run: each @ts-expect-error is a mistake that must be a red line in the editor.
import { check, defineProject, differs, local, recreate, rolling, secret, service, shared, task } from "tidegate";
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
