import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** An Express application of a few lines, with some 300 MB of what only its development needs. */
const packageJson = {
  name: "bench-release",
  version: "1.0.0",
  private: true,
  type: "module",
  scripts: { build: "node build.js" },
  dependencies: { express: "5.1.0" },
  devDependencies: { "@swc/core": "1.13.5", next: "15.5.4", typescript: "5.9.3", vite: "7.1.9", webpack: "5.102.1" },
};

const definition = (port: number) => `import { defineProject, local, rolling, service, task } from "tidegate";

const install = task({
  run: "npm ci --ignore-scripts --no-audit --no-fund --prefer-offline",
  inputs: ["package.json", "package-lock.json"],
  outputs: ["node_modules/"],
});
const build = task({ run: "npm run build", needs: [install], inputs: ["build.js", "src/**"], outputs: ["dist/"] });
const web = service({
  run: "node dist/server.js",
  files: ["dist/", "node_modules/", "package.json"],
  health: "/healthz",
});

export default defineProject({
  name: "bench-release",
  pipeline: { install, build },
  services: { web },
  environments: {
    staging: { driver: local({ url: "http://127.0.0.1:${port}" }), strategy: rolling() },
    production: { driver: local({ url: "http://127.0.0.1:${port + 1}" }), after: "staging", protected: false, strategy: rolling() },
  },
});
`;

const build = `import { cpSync } from "node:fs";
cpSync("src", "dist", { recursive: true });
`;

/** The line that changes from release to release. */
export const server = (change: number) => `import express from "express";

const app = express();
app.get("/healthz", (_, response) => response.send("ok"));
app.get("/", (_, response) => response.send("release ${change}"));
const server = app.listen(Number(process.env.PORT), process.env.HOST);
process.on("SIGTERM", () => server.close());
`;

/** Makes the application in a folder that is not there, with what it needs installed. */
export function makeApp(folder: string, port: number): void {
  mkdirSync(join(folder, "src"), { recursive: true });
  writeFileSync(join(folder, ".gitignore"), "node_modules/\ndist/\n.tidegate/\n");
  writeFileSync(join(folder, "build.js"), build);
  writeFileSync(join(folder, "src/server.js"), server(0));
  writeFileSync(join(folder, "tidegate.config.ts"), definition(port));
  for (const name of ["package.json", "package-lock.json"]) cpSync(join(installed(), name), join(folder, name));
  const quiet = { cwd: folder, stdio: "ignore" } as const;
  spawnSync("git", ["init", "--quiet"], quiet);
  spawnSync("git", ["add", "."], quiet);
  spawnSync("git", ["-c", "user.name=bench", "-c", "user.email=bench@example.org", "commit", "-qm", "bench"], quiet);
}

/** Where the packages were locked once, so that each of the projects gets the same from npm's own cache. */
function installed(): string {
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tidegate-bench", "release");
  if (existsSync(join(folder, "package-lock.json"))) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(packageJson, null, 2)}\n`);
  const done = spawnSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
  if (done.status !== 0) throw new Error(`npm install failed:\n${done.stderr}`);
  rmSync(join(folder, "node_modules"), { recursive: true });
  return folder;
}
