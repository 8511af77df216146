import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Failure } from "../../src/errors/failure.ts";
import type { Request, Response } from "./child.ts";

/** Definitions in temporary folders, and a Node that loads them. Dispose of it after the tests. */
export class DefinitionRig {
  readonly #root = realpathSync(mkdtempSync(join(tmpdir(), "tidegate-definition-")));
  readonly #child: ChildProcess = fork(join(import.meta.dirname, "child.ts"), { execArgv: [], silent: true });
  #count = 0;

  /** A new folder with these files. */
  folder(files: Readonly<Record<string, string>>): string {
    const folder = join(this.#root, String(++this.#count));
    for (const [name, text] of Object.entries({ ".git/HEAD": "", ...files })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return folder;
  }

  async ask(request: Request): Promise<Response> {
    this.#child.send(request);
    const [response] = await once(this.#child, "message");
    return response as Response;
  }

  /** The failures of a definition, files relative to its folder. */
  async diagnose(definition: string, others: Readonly<Record<string, string>> = {}): Promise<readonly Failure[]> {
    const folder = this.folder({ "tidegate.config.ts": definition, ...others });
    const { failures } = await this.ask({ folder });
    return failures.map((failure) => relative(failure, folder));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) {
      const exit = once(this.#child, "exit");
      this.#child.kill();
      await exit;
    }
    rmSync(this.#root, { recursive: true, force: true });
  }
}

/** `file:line:column "what is underlined"`. */
export function spot({ location }: Failure): string {
  if (location === undefined) return "nowhere";
  const { file, line, column, length = 1, source = "" } = location;
  return `${file}:${line}:${column} ${source.slice(column - 1, column - 1 + length)}`;
}

function relative(failure: Failure, folder: string): Failure {
  const text = JSON.stringify(failure).replaceAll(`${folder}/`, "");
  return JSON.parse(text) as Failure;
}
