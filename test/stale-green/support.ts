import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Event } from "../../src/events/event.ts";
import { scriptProject } from "../cli/project.ts";
import { type CliResult, runCli } from "../support/cli.ts";
import { isEvent, type Line, linesOf } from "../support/events.ts";
import { writeFiles } from "../support/temp-folder.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** What a person sees of a run: how it ended, and for each task whether it ran, came from the cache or failed. */
export interface Seen {
  readonly code: number | null;
  readonly tasks: Readonly<Record<string, "hit" | "ran" | "failed">>;
  /** Codes of everything that went wrong. */
  readonly codes: readonly string[];
  readonly events: readonly Event[];
}

/** A project that is run by the real program, as in a terminal. */
export class StaleProject {
  readonly folder: string;

  /** `tasks`: `const name = task({ … });`, one after the other. */
  constructor(tasks: string, files: Readonly<Record<string, string>> = {}) {
    this.folder = scriptProject(tasks, files);
  }

  write(files: Readonly<Record<string, string>>): void {
    writeFiles(this.folder, files);
  }

  /** Replaces a text in the definition, which must contain it. */
  redefine(before: string, after: string): void {
    const text = this.read("tidegate.config.ts");
    expect(text).toContain(before);
    this.write({ "tidegate.config.ts": text.replace(before, after) });
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  at(path: string): string {
    return join(this.folder, path);
  }

  cli(args: readonly string[], env: Variables = {}): Promise<CliResult> {
    return runCli(args, { cwd: this.folder, env });
  }

  async run(args: readonly string[] = [], env: Variables = {}): Promise<Seen> {
    const { code, stdout } = await this.cli(["run", "--json", ...args], env);
    return seen(code, linesOf(stdout));
  }
}

function seen(code: number | null, lines: readonly Line[]): Seen {
  const tasks: Record<string, "hit" | "ran" | "failed"> = {};
  const codes: string[] = [];
  for (const line of lines) {
    if (line.type === "taskHit") tasks[line.task] = "hit";
    if (line.type === "taskFinished") tasks[line.task] = line.outcome.outcome === "succeeded" ? "ran" : "failed";
    if (line.type === "failure") codes.push(line.code);
  }
  return { code, tasks, codes, events: lines.filter(isEvent) };
}

/** A green run in which exactly these tasks ran, and the others came from the cache. */
export function green(tasks: Seen["tasks"]): Partial<Seen> {
  return { code: 0, tasks, codes: [] };
}

/** Why the result of a task was not kept; `undefined` when it was. */
export function notKept({ events }: Seen, task: string): string | undefined {
  const finished = events.find((event) => event.type === "taskFinished" && event.task === task);
  const cache = finished?.type === "taskFinished" ? finished.cache : undefined;
  return cache?.stored === false ? cache.because : undefined;
}
