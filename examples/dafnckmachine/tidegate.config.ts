import {
  address,
  because,
  check,
  defineProject,
  differs,
  local,
  postgres,
  rolling,
  secret,
  service,
  task,
} from "tidegate";
import { z } from "zod";

const install = task({
  run: "npm ci",
  inputs: ["package.json", "package-lock.json"],
  outputs: ["node_modules/"],
});

const lint = because(
  task({
    run: "npm run lint",
    needs: [install],
    inputs: ["package.json", "scripts/lint.ts", "01_Machine/**"],
    stage: "verify",
  }),
  "a task file or a state file that agents cannot read stops the whole workflow",
);

const build = task({
  run: "npm run build",
  needs: [install],
  inputs: ["package.json", "package-lock.json", "scripts/build.ts", "service/**", "01_Machine/03_Brain/**"],
  outputs: ["dist/"],
});

const test = task({
  run: "npm test",
  needs: [build],
  inputs: ["package.json", "service/**", "test/**"],
  stage: "verify",
  reports: { junit: "reports/junit.xml" },
});

const db = because(
  postgres({ version: "18", backup: { every: "24h", keep: 7 } }),
  "agents of several machines write the state at the same time: rows and transactions, not files",
);

const board = service({
  run: "node dist/server.ts",
  files: ["dist/", "package.json"],
  health: "/healthz",
  migrate: "node dist/migrate.ts",
  uses: { DATABASE_URL: db },
});

const strategy = because(rolling(), "the board keeps nothing in memory, so two releases can serve side by side");

export default defineProject({
  name: "dafnckmachine",
  pipeline: { install, lint, build, test },
  services: { board },
  resources: { db },
  config: {
    BASE_URL: address(),
    LOG_LEVEL: differs(z.enum(["debug", "info"]), "where people develop, every request is of interest", {
      owner: "devops-agent",
    }),
    STEPS_PER_PAGE: z.coerce.number().int().positive().default(50),
    EDIT_TOKEN: secret(z.string().min(32)),
  },
  environments: {
    dev: {
      purpose: "where a change is looked at for the first time; its data may be lost",
      driver: local(),
      strategy,
      config: { LOG_LEVEL: "debug" },
    },
    staging: {
      purpose: "where a release is tried by people before it may go on",
      driver: local(),
      after: "dev",
      strategy,
      gates: [
        because(check("smoke", "node dist/smoke.ts"), "a board that shows nothing answers its health check, too"),
      ],
      config: { LOG_LEVEL: "info" },
    },
    production: {
      purpose: "what the agents of the workflow work with",
      driver: local({ url: "http://board.localhost:8080" }),
      after: "staging",
      strategy,
      gates: [
        because(check("smoke", "node dist/smoke.ts"), "a board that shows nothing answers its health check, too"),
      ],
      replicas: { board: differs(2, "one may be replaced while the other serves") },
      config: { LOG_LEVEL: "info" },
    },
  },
  previews: { from: "staging", ttl: "1d", max: 3, data: "empty" },
  objectives: { leadTime: "1h", rollback: "30s", changeFailRate: 0.1, recovery: "1h" },
});
