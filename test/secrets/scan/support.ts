import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach } from "vitest";
import { LeakScanner } from "../../../src/secrets/scan/leak-scanner.ts";
import { Secret } from "../../../src/secrets/secret.ts";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "tidegate-scan-")));
  folders.push(folder);
  return folder;
}

export function write(folder: string, path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

export function git(folder: string, ...args: string[]): string {
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    GIT_AUTHOR_NAME: "A",
    GIT_AUTHOR_EMAIL: "a@example.org",
    GIT_COMMITTER_NAME: "A",
    GIT_COMMITTER_EMAIL: "a@example.org",
    GIT_CONFIG_NOSYSTEM: "1",
  };
  return execFileSync("git", args, { cwd: folder, env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

export function repository(): string {
  const folder = temporaryFolder();
  git(folder, "init", "--initial-branch=main");
  return folder;
}

export const values = { SESSION_KEY: "s3ss10n-k3y-0f-pr0duct10n!", API_TOKEN: "tok_9f8e7d6c5b4a3210" } as const;

export function scannerOf(all: Readonly<Record<string, string>> = values): LeakScanner {
  return new LeakScanner(
    Object.entries(all).map(([key, value]) => ({ key, environment: "production", secret: new Secret(value) })),
  );
}
