import { execFile } from "node:child_process";
import { basename } from "node:path";

/**
 * How runtimes and tools that are known are asked for their version. Nothing else is ever started: what a program does that
 * does not know the option nobody can know.
 */
const questions: Readonly<Record<string, readonly string[]>> = {
  node: ["--version"],
  npm: ["--version"],
  npx: ["--version"],
  pnpm: ["--version"],
  yarn: ["--version"],
  bun: ["--version"],
  deno: ["--version"],
  python: ["--version"],
  pip: ["--version"],
  uv: ["--version"],
  ruby: ["--version"],
  php: ["--version"],
  perl: ["--version"],
  java: ["-version"],
  mvn: ["--version"],
  dotnet: ["--version"],
  go: ["version"],
  cargo: ["--version"],
  make: ["--version"],
  postgres: ["--version"],
};

const answerMs = 10_000;

/**
 * A program's name and version: `node 24.1.0`. `undefined`: it is none that can be asked, or it does not answer. `file`:
 * what is started; `name`: what it is called, `python3.12` is python.
 */
export function versionOf(file: string, name: string, searchPath: string): Promise<string | undefined> {
  const known = basename(name).replace(/[\d.]+$/, "");
  const question = Object.hasOwn(questions, known) ? questions[known]! : undefined;
  if (question === undefined) return Promise.resolve(undefined);
  // None of the caller's variables but the path: what a version is depends on none.
  const options = { timeout: answerMs, killSignal: "SIGKILL", env: { PATH: searchPath, LC_ALL: "C" } } as const;
  return new Promise((resolve) => {
    execFile(file, [...question], options, (error, stdout, stderr) => {
      const version = /\d+(?:\.\d+)+[\w.+-]*/.exec(error === null ? `${stdout}\n${stderr}` : "")?.[0];
      resolve(version === undefined ? undefined : `${known} ${version}`);
    });
  });
}
