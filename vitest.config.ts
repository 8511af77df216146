import { defineConfig } from "vitest/config";

/**
 * Tests of many whole processes, and those that take their time. They run when all tests are asked for (`npm run test:all`,
 * CI) or when they are named; `npm test` stays within minutes on a slow machine without them.
 */
const long = [
  "test/app/{deploy,releases,secrets,taken-ports,use-cases}.test.ts",
  // One always runs: what is stored and not understood stands still.
  "test/e2e/!(records).test.ts",
  "test/cli/{config-deploy,docs,docs-task,package,parity-gate,run-as-before,secrets,secrets-people}.test.ts",
  "test/cli/{explain,watch}/**",
  "test/drivers/{local-process,local-recovery,remote}.test.ts",
  "test/gateway/{embedded,process,tables,two-processes}.test.ts",
  "test/resources/postgres-{kill,luck,server,user}.test.ts",
  "test/resources/terraform.test.ts",
  "test/run/{kill-anywhere,property,run-accidents}.test.ts",
  "test/runner/{confine,sealed-services,sealed-wall}.test.ts",
  "test/state/move-old-state.test.ts",
  "test/store/postgres.test.ts",
  "test/package.test.ts",
  "packages/sops/test/file/{hostile,real-sops,round-trip,round-trip-yaml}.test.ts",
];

const areNamed = process.argv.slice(2).some((word) => /^(test|packages)\//.test(word));
const areAll = areNamed || process.env.TIDEGATE_TESTS === "all";
const except = areAll ? [] : long;

export default defineConfig({
  test: {
    globalSetup: ["test/support/global-setup.ts"],
    include: ["test/**/*.test.ts", "packages/*/test/**/*.test.ts"],
    exclude: ["**/node_modules/**", ...except],
    provide: { leftOut: except },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
