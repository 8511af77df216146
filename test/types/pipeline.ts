// Compiled, never run: each @ts-expect-error is a mistake that must be a red line in the editor.
import {
  all,
  any,
  branch,
  cells,
  changed,
  concurrencyGroup,
  defineProject,
  env,
  equals,
  installed,
  isSet,
  matrix,
  not,
  task,
  workspace,
} from "tidegate";

const install = task({ run: "npm ci", inputs: ["package.json"], outputs: ["node_modules/"] });
const test = matrix({ node: [22, 24], os: ["linux", "mac"] }, ({ node, os }) =>
  os === "mac" && node === 22 ? undefined : task({ run: `npx -p node@${node} npm test`, inputs: ["src/**"] }),
);
const packages = workspace({
  codegen: { needs: ["^build"], inputs: ["schema/**"], outputs: ["generated/"] },
  build: {
    needs: ["^build", "codegen", install],
    inputs: ["src/**"],
    rootInputs: ["tsconfig.json"],
    outputs: ["dist/"],
  },
  lint: { run: "eslint .", packages: ["@acme/*", "./apps/*", "!legacy"], needs: [test, "@acme/utils#build"] },
  check: {
    script: "typecheck",
    overrides: { web: { outputs: [".next/"], env: ["NEXT_TOKEN"], needs: ["lib#build"] } },
  },
});
const database = concurrencyGroup("database", 2);
const report = task({
  run: "node report.js",
  needs: [install, packages.build, test, ...cells(test, { node: 24 }), "@acme/utils#build"],
  when: all(
    branch("main", "release/*"),
    any(changed("src/**"), isSet(env("FORCE")), installed("docker")),
    not(equals(env("DRY"), "yes")),
  ),
  retry: { times: 2, exitCodes: [75], patterns: ["ECONNRESET"], backoff: "1s" },
  concurrency: [database, concurrencyGroup("report")],
  allowFailure: true,
  services: {
    db: { run: "postgres", ready: "port", provides: { DATABASE_URL: "postgres://{host}:{port}/test" } },
    web: { run: "node web.js", ready: { http: "/healthz" }, readyTimeout: "5s", env: ["TOKEN"] },
    queue: { run: "queue", ready: { output: "ready" } },
  },
});
const clean = task({ run: "rm -rf tmp", needs: [report], always: true });
defineProject({ name: "good", pipeline: { install, test, report, clean }, packages });

test.cells.map(({ values }) => values.node satisfies 22 | 24);

// @ts-expect-error there is no task "biuld" beside this one
workspace({ build: { needs: ["^biuld"] } });
// @ts-expect-error no package has a task "biuld"
workspace({ build: { needs: ["utils#biuld"] } });
// @ts-expect-error nor can an override need it
workspace({ build: { overrides: { web: { needs: ["utils#biuld"] } } } });
// @ts-expect-error a task of the pipeline is given itself
task({ run: "x", needs: ["build"] });
// @ts-expect-error a wrong key of a task of packages
workspace({ build: { input: ["src/**"] } });
// @ts-expect-error there is no such task in the packages
task({ run: "x", needs: [packages.biuld] });
// @ts-expect-error the matrix has no axis "arch"
cells(test, { arch: "arm64" });
// @ts-expect-error 18 is no value of the axis
cells(test, { node: 18 });
// @ts-expect-error a condition is made by a builder
task({ run: "x", when: "main" });
// @ts-expect-error a branch has a name
branch();
// @ts-expect-error what is compared is a variable
equals("DRY", "yes");
// @ts-expect-error retry says how often
task({ run: "x", retry: { exitCodes: [1] } });
// @ts-expect-error a path begins with a slash
task({ run: "x", services: { db: { run: "x", ready: { http: "healthz" } } } });
// @ts-expect-error a concurrency group is made by concurrencyGroup(…)
task({ run: "x", concurrency: "database" });
// @ts-expect-error tasks of packages are made by workspace(…)
defineProject({ name: "x", pipeline: {}, packages: { build: { script: "build" } } });
// @ts-expect-error a cell is a task
matrix({ node: [22] }, () => "npm test");
