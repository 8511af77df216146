import { check, defineProject, differs, local, rolling, secret, service, task } from "tidegate";
import { z } from "zod";

const install = task({
  run: "npm ci",
  inputs: ["package.json", "package-lock.json"],
  outputs: ["node_modules/"],
});

const build = task({
  run: "npm run build",
  needs: [install],
  inputs: ["package.json", "tsconfig.json", "src/**"],
  outputs: ["dist/"],
});

const test = task({
  run: "npm test",
  needs: [build],
  inputs: ["package.json", "src/**", "test/**"],
  stage: "verify",
  reports: { junit: "reports/junit.xml" },
});

const web = service({
  run: "node dist/server.js",
  files: ["dist/", "package.json"],
  health: "/healthz",
  healthTimeout: "5s",
  migrate: "node dist/migrate.js",
});

export default defineProject({
  name: "shortlinks",
  pipeline: { install, build, test },
  services: { web },
  config: {
    LOG_LEVEL: differs(z.enum(["debug", "info", "warn"]), "staging is chatty on purpose"),
    BASE_URL: differs(z.url(), "each environment has its own address"),
    SESSION_KEY: secret(z.string().min(32)),
    CACHE_TTL: z.coerce.number().int().nonnegative().default(60),
  },
  environments: {
    staging: {
      driver: local({ url: "http://staging.localhost:8080" }),
      strategy: rolling(),
      config: { LOG_LEVEL: "debug", BASE_URL: "http://staging.localhost:8080" },
    },
    production: {
      driver: local({ url: "http://shortlinks.localhost:8080" }),
      after: "staging",
      strategy: rolling(),
      gates: [check("smoke", "node dist/smoke.js")],
      replicas: { web: differs(2, "production carries the traffic") },
      config: { LOG_LEVEL: "info", BASE_URL: "http://shortlinks.localhost:8080" },
    },
  },
});
