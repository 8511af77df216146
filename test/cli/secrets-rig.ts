import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CliOptions, type CliResult, runCli } from "../support/cli.ts";
import { tempFolder } from "../support/temp-folder.ts";

export const definition = `import { defineProject, local, rolling, secret, shared, task } from "tidegate";
import { z } from "zod";
const build = task({ run: "true" });
export default defineProject({
  name: "shop",
  pipeline: { build },
  config: {
    SESSION_KEY: secret(z.string().min(10)),
    TOKEN: secret(z.string()),
    LICENCE: secret(shared(z.string(), "one for the company")),
    DATABASE: secret(z.object({ user: z.string(), password: z.string() }).optional()),
  },
  environments: {
    staging: { driver: local(), strategy: rolling() },
    production: { driver: local(), strategy: rolling(), after: "staging" },
  },
});
`;

/** A project with secrets, and people with homes of their own who work on it. */
export class SecretsRig {
  readonly folder: string;
  readonly #homes = tempFolder({}, "homes");

  constructor(text = definition) {
    this.folder = tempFolder({ "tidegate.config.ts": text, ".gitignore": ".tidegate/\n" });
    this.git("init", "--quiet", "--initial-branch=main", ".");
    this.git("config", "user.name", "Ada");
    this.git("config", "user.email", "ada@example.com");
  }

  git(...args: string[]): string {
    return execFileSync("git", args, { cwd: this.folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  run(args: readonly string[], options: Partial<CliOptions> & { readonly as?: string } = {}): Promise<CliResult> {
    const { as = "ada", env = {}, ...rest } = options;
    const home = join(this.#homes, as);
    return runCli(["secrets", ...args], { cwd: this.folder, env: { HOME: home, ...env }, ...rest });
  }

  /** Expects success. */
  async ok(args: readonly string[], options: Partial<CliOptions> & { readonly as?: string } = {}): Promise<CliResult> {
    const result = await this.run(args, options);
    if (result.code !== 0) throw new Error(`${args.join(" ")}: ${result.code}\n${result.stdout}${result.stderr}`);
    return result;
  }

  async set(key: string, value: string, ...args: string[]): Promise<void> {
    await this.ok(["set", key, ...args], { stdin: value });
  }

  async get(key: string, ...args: string[]): Promise<string> {
    return (await this.ok(["get", key, ...args])).stdout;
  }

  home(as = "ada"): string {
    return join(this.#homes, as);
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.folder, path), text);
  }

  commit(message: string): void {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--message", message);
  }
}

/** A project with all its secrets set. */
export async function filledRig(): Promise<SecretsRig> {
  const rig = new SecretsRig();
  await rig.ok(["init"]);
  await rig.set("SESSION_KEY", "session of staging", "--env", "staging");
  await rig.set("TOKEN", "token of staging", "--env", "staging");
  await rig.set("SESSION_KEY", "session of production", "--env", "production");
  await rig.set("TOKEN", "token of production", "--env", "production");
  await rig.set("LICENCE", "licence of all");
  rig.commit("secrets");
  return rig;
}
