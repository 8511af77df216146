import { cpSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, Stage } from "./demo/stage.ts";
import { underLoad } from "./demo/under-load.ts";

/**
 * A project that is planned in task files, examples/dafnckmachine: its documents are checked as in any clone, its task is done
 * again, and it is shipped to three environments with a PostgreSQL database each, twice, the second time under load. Ends with 1
 * when anything is not as it should be.
 */
const stage = new Stage("board", { SOPS_AGE_KEY_FILE: "demo-key.txt" });
const port = await freePort();
const production = { port, host: "board.localhost", path: "/api/steps", name: "production" };

try {
  stage.say("A project: examples/dafnckmachine in a new git repository");
  cpSync(join(import.meta.dirname, "../examples/dafnckmachine"), stage.folder, { recursive: true });
  stage.run("git", "init", "--quiet");
  stage.commit("A board for a workflow");
  const task = globSync("01_Machine/01_Workflow/**/P03-S09-T09-*.md", { cwd: stage.folder })[0]!;
  const documents = "01_Machine/04_Documentation/vision/Phase_3/09_Technical_Architecture";

  stage.say("The documents that its task asks for are true, and doing the task again changes nothing");
  await stage.tidegate(["docs", "--check", "--out", documents]);
  await stage.tidegate(["docs", "--task", task]);
  stage.run("git", "diff", "--exit-code");

  stage.say("Three environments, each with a database of its own");
  edit("tidegate.config.ts", (text) =>
    text
      .replaceAll(":8080", `:${port}`)
      .replace("driver: local(),", `driver: local({ url: "http://dev.localhost:${port}" }),`)
      .replace("driver: local(),", `driver: local({ url: "http://staging.localhost:${port}" }),`),
  );
  stage.commit("Its own port");
  await stage.tidegate(["docs", "--check", "--out", documents], 3);
  await stage.tidegate(["ship"]);

  stage.say("The task is done again: what is written of a longer history stays, and the rest is brought up to date");
  await stage.tidegate(["docs", "--task", task]);
  stage.commit("The documents");
  await stage.tidegate(["docs", "--task", task]);
  // What was measured and seen may have moved on meanwhile (a backup was made); how and when the task was done has not.
  stage.run("git", "diff", "--exit-code", "--", "01_Machine/01_Workflow", "01_Machine/03_Brain");

  stage.say("A change, shipped while requests come in; databases are saved before they are migrated");
  edit("service/page.ts", (text) => text.replace("<h1>Workflow</h1>", "<h1>The workflow</h1>"));
  stage.commit("A better title");
  await underLoad(production, () => stage.tidegate(["ship"]));

  stage.say("Back to the release before");
  await underLoad(production, () => stage.tidegate(["rollback", "production", "--reason", "the demo shows it"]));

  stage.say("What runs, whether it is what was deployed, and how alike the environments are");
  await stage.tidegate(["status"]);
  await stage.tidegate(["drift"]);
  await stage.tidegate(["parity"]);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  stage.say("Remove everything, databases too: production, which is protected, only after that is said");
  edit("tidegate.config.ts", (text) => text.replace("production: {", "production: {\n      protected: false,"));
  await stage.tidegate(["env", "destroy", "--all", "--yes"]).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
  await stage.close();
}
console.log(process.exitCode === 1 ? "\nThe demo failed." : "\nThe demo is over. Nothing of it is left running.");

function edit(path: string, change: (text: string) => string): void {
  const file = join(stage.folder, path);
  const before = readFileSync(file, "utf8");
  const after = change(before);
  if (after === before) throw new Error(`${path} of the example has changed; the demo cannot edit it`);
  writeFileSync(file, after);
}
