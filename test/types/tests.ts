// Compiled, never run: each @ts-expect-error is a mistake that must be a red line in the editor.
import { task, workspace } from "tidegate";

task({
  run: "vitest run {files}",
  testFiles: ["test/**/*.test.ts"],
  reports: { junit: "r.xml", tap: ["a.tap"], coverage: { lcov: "lcov.info", minimum: { lines: 85, branches: 70 } } },
  quarantine: [{ test: "sum*", owner: "ada", until: "2027-01-31", reason: "races" }],
});
task({ run: "x {shard}", shards: 3, reports: { coverage: { cobertura: ["c-{shard}.xml"], minimum: 85 } } });

// @ts-expect-error coverage is in one format
task({ run: "x", reports: { coverage: { lcov: "a", cobertura: "b" } } });
// @ts-expect-error coverage has a report
task({ run: "x", reports: { coverage: { minimum: 85 } } });
// @ts-expect-error a minimum is a number
task({ run: "x", reports: { coverage: { lcov: "a", minimum: "85%" } } });
// @ts-expect-error a quarantine has an owner
task({ run: "x", reports: { junit: "r.xml" }, quarantine: [{ test: "a", until: "2027-01-31", reason: "r" }] });
// @ts-expect-error a quarantine ends on a day
task({ run: "x", quarantine: [{ test: "a", owner: "o", until: "soon", reason: "r" }] });
// @ts-expect-error a list of files
task({ run: "x {files}", testFiles: "test/**" });
// @ts-expect-error shards are counted
task({ run: "x", shards: "4" });
workspace({ test: { shards: 4, testFiles: ["test/**"], overrides: { web: { shards: 2 } } } });
// @ts-expect-error shards are counted in packages, too
workspace({ test: { overrides: { web: { shards: "2" } } } });

task({
  run: "x",
  shards: 2,
  reports: { junit: "r-{shard}.xml", merged: "r.xml" },
  outputs: ["gen/"],
  trackedOutputs: true,
});
// @ts-expect-error the merged report is one file
task({ run: "x", shards: 2, reports: { junit: "r-{shard}.xml", merged: ["r.xml"] } });
// @ts-expect-error yes or no
task({ run: "x", trackedOutputs: ["gen/"] });
