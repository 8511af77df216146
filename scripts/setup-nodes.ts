import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { nodePackage } from "../src/launcher/fetch-node.ts";
import { testNodes, testNodesHome, testPnpm } from "./nodes/test-nodes.ts";

/*
 * Puts the versions of Node that the tests of the installation start from into the user's cache folder, through npm, each
 * with its own npm, and a pnpm. Running it again does nothing.
 */
const home = testNodesHome();
if (home === undefined) throw new Error("there is no cache folder that is this user's alone: see XDG_CACHE_HOME");

for (const [version, npm] of Object.entries(testNodes)) {
  setUp(home, version, [`${nodePackage}@${version}`, `npm@${npm}`], {
    node: `${nodePackage}/bin/node`,
    npm: "npm/bin/npm-cli.js",
    npx: "npm/bin/npx-cli.js",
  });
}
setUp(home, "pnpm", [`pnpm@${testPnpm}`], { pnpm: "pnpm/bin/pnpm.cjs" });

function setUp(
  place: string,
  name: string,
  packages: readonly string[],
  programs: Readonly<Record<string, string>>,
): void {
  const target = join(place, name);
  if (existsSync(target)) {
    console.log(`setup-nodes: nothing to do, there is ${target}`);
    return;
  }
  const draft = mkdtempSync(join(place, ".draft-"));
  try {
    const words = ["install", "--prefix", draft, "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
    execFileSync("npm", [...words, "--force", ...packages], { stdio: ["ignore", "ignore", "inherit"] });
    mkdirSync(join(draft, "bin"));
    for (const [program, file] of Object.entries(programs))
      symlinkSync(join("..", "node_modules", file), join(draft, "bin", program));
    // Another user runs them, too.
    chmodSync(draft, 0o755);
    renameSync(draft, target);
    console.log(`setup-nodes: installed ${packages.join(" and ")} in ${target}`);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
