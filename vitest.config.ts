import { defineConfig } from "vitest/config";

/**
 * Tests of many whole processes, and those that take their time. They run when all tests are asked for (`npm run test:all`,
 * CI) or when they are named; `npm test` stays within minutes on a slow machine without them.
 */
const long = [
  "test/agent/follow-events.test.ts",
  "test/app/{deploy,dev,documents,documents-task,releases,secrets,secrets-older,taken-ports,use-cases}.test.ts",
  "test/app/init/{nx,try,turbo,wireit}.test.ts",
  "test/e2e/**",
  // All that start the CLI again and again; these few show that it starts, runs and draws.
  "test/cli/!(check|dev|full-disk|parse-call|run|secrets-input|terminal).test.ts",
  "test/cli/run-as-before.test.ts",
  "test/cli/{explain,watch}/**",
  "test/docs/examples.test.ts",
  "test/drivers/{local,local-output,local-process,local-recovery,remote,take-over}.test.ts",
  "test/gateway/{embedded,load,process,tables,two-processes}.test.ts",
  "test/inputs/{changed-inputs,find-base}.test.ts",
  "test/resources/postgres-{disk,kill,luck,server,user}.test.ts",
  "test/resources/terraform.test.ts",
  "test/process/tree.test.ts",
  "test/rollout/mutants.test.ts",
  "test/run/{kill-anywhere,property,redaction,run-accidents,run-processes}.test.ts",
  "test/runner/{confine,sealed-services,sealed-wall}.test.ts",
  "test/secrets/files/{exposed,older-version}.test.ts",
  "test/state/move-old-state.test.ts",
  "test/store/postgres.test.ts",
  "test/test-history/run-tests.test.ts",
  "test/{installation,package}.test.ts",
  "packages/sops/test/file/{change-model,hostile,real-sops,round-trip,round-trip-yaml}.test.ts",
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
    // A worker for many files: starting one for each and loading everything anew took a quarter of the time. With all tests,
    // some of which change what their process is, each file has a worker of its own.
    isolate: areAll,
    // For what hangs, not for what is slow: machines and their load differ tenfold.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000 } },
    maxWorkers: 2,
  },
});
