import { z } from "zod";
import {
  because,
  check,
  defineProject,
  differs,
  folder,
  local,
  postgres,
  recreate,
  rolling,
  secret,
  service,
  shared,
  task,
} from "../../src/definition/builders.ts";

/** A project that has something of everything. */
const install = task({ run: "npm ci", inputs: ["package.json"], outputs: ["node_modules/"] });
const build = task({ run: "npm run build", needs: [install], inputs: ["src/**"], outputs: ["dist/"], stage: "build" });
const unit = because(
  task({
    run: ["npm", "test"],
    needs: [build],
    inputs: ["test/**"],
    stage: "verify",
    retry: 2,
    reports: { junit: "reports/junit.xml", coverage: { lcov: "lcov.info", minimum: 85 } },
    quarantine: [{ test: "sum › adds", owner: "ann", until: "2027-01-01", reason: "rounding" }],
  }),
  "the runner that the team knows",
);
const db = postgres({ version: "16", backup: { every: "24h", keep: 14 } });
const uploads = folder();
const web = service({
  run: "node dist/server.js",
  files: ["dist/"],
  migrate: "node dist/migrate.js",
  uses: { DATABASE_URL: db, UPLOADS: uploads },
  writes: ["tmp/"],
});
const mail = service({ run: "node dist/mail.js", files: ["dist/"], route: false, needs: [web] });

export const shop = defineProject({
  name: "shop",
  pipeline: { install, build, unit },
  services: { web, mail },
  resources: { db, uploads },
  config: {
    LOG_LEVEL: differs(z.enum(["debug", "info"]), "staging is chatty", { owner: "team-web", until: "2027-01-15" }),
    SESSION_KEY: secret(z.string().min(8)),
    LICENCE: secret(shared(z.string(), "there is one")),
    TTL: z.coerce.number().default(60),
  },
  environments: {
    staging: { driver: local(), strategy: rolling(), config: { LOG_LEVEL: "debug" } },
    production: {
      purpose: "What customers use.",
      driver: local({ url: "http://shop.localhost:8080" }),
      after: "staging",
      strategy: because(recreate(), "it cannot run twice"),
      gates: [check("smoke", "node dist/smoke.js")],
      replicas: { web: differs(2, "it carries the traffic") },
      config: { LOG_LEVEL: "info" },
    },
  },
  previews: { from: "staging" },
  objectives: { leadTime: "1h", rollback: "30s", changeFailRate: 0.1 },
});
