import { readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { listOutputs } from "../../cache/outputs/list-outputs.ts";
import { hiddenVariables } from "../../definition/secret-variables.ts";
import type { Project } from "../../definition/types.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import type { GraphTask } from "../../graph/graph.ts";
import type { Claim } from "../../graph/patterns/task-patterns.ts";
import { isAllowed } from "../../inputs/environment.ts";
import { credentialsIn } from "../../secrets/credentials-in.ts";
import { type ByteRedactor, createByteRedactor } from "../../secrets/redaction/byte-redactor.ts";
import { refusal } from "../../secrets/redaction/refusal.ts";
import { LeakScanner } from "../../secrets/scan/leak-scanner.ts";
import { scanFile } from "../../secrets/scan/scan-file.ts";
import { Secret } from "../../secrets/secret.ts";
import { reportFiles } from "./report-files.ts";

/**
 * Keeps the secrets that a task is given out of all that is shown and kept of it. A task has those that it, or a service
 * beside it, declares in `env`, and the credentials in addresses that it gets; values too trivial to be secrets are not hidden.
 */
export class TaskRedaction {
  readonly #projectFolder: string;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #names: ReadonlySet<string>;
  /** In addresses of proxies and registries, which every task gets. */
  readonly #credentials: readonly Named[];
  /** By the task's name. */
  readonly #scanners = new Map<string, LeakScanner>();

  constructor(
    project: Pick<Project, "config" | "environments" | "secretVariables">,
    projectFolder: string,
    environment: Readonly<Record<string, string | undefined>>,
  ) {
    this.#projectFolder = projectFolder;
    this.#environment = environment;
    this.#names = hiddenVariables(project);
    this.#credentials = Object.keys(environment)
      .filter(isAllowed)
      .flatMap((name) => this.#credentialsIn(name));
  }

  /** For one stream of the task's output; `undefined` when the task has no secrets. */
  redactor(task: GraphTask): ByteRedactor | undefined {
    const { secrets } = this.#scannerOf(task);
    return secrets.length === 0 ? undefined : createByteRedactor(secrets.map(({ secret }) => secret));
  }

  /** Hides secrets in the reports that the task has written, in place: they are read, copied and kept. @throws the system's error. */
  redactReports(task: GraphTask): void {
    const scanner = this.#scannerOf(task);
    if (scanner.secrets.length === 0) return;
    const { junit, tap, coverage } = task.patterns;
    const { files } = reportFiles(this.#projectFolder, [...junit, ...tap, ...coverage]);
    for (const path of files) if (this.#hasLeak(scanner, path, true)) this.#redactFile(task, path);
  }

  /** The first output of the task that contains a secret: such a result must not be kept. @throws the system's error. */
  leakingOutput(task: GraphTask): string | undefined {
    const [first] = this.#leaking(task, task.patterns.outputs);
    return first;
  }

  *#leaking(task: GraphTask, claims: readonly Claim[]): Generator<string> {
    const scanner = this.#scannerOf(task);
    if (scanner.secrets.length === 0 || claims.length === 0) return;
    for (const { path, kind, target } of listOutputs(this.#projectFolder, claims).found) {
      const place = { where: "tree", path } as const;
      const names = [...scanner.inName(place), ...(target === undefined ? [] : scanner.inName(place, target))];
      const isLeaking = names.length > 0 || (kind === "file" && this.#hasLeak(scanner, path));
      if (isLeaking) yield path;
    }
  }

  #hasLeak(scanner: LeakScanner, path: string, isFollowed = false): boolean {
    const file = join(this.#projectFolder, path);
    const scanned = scanFile(scanner, isFollowed ? realpathSync(file) : file, { where: "tree", path });
    return (scanned?.findings.length ?? 0) > 0;
  }

  #redactFile(task: GraphTask, path: string): void {
    const redactor = this.redactor(task);
    const file = join(this.#projectFolder, path);
    const { mode } = statSync(file);
    if (redactor === undefined) return;
    writeFileAtomic(file, Buffer.concat([redactor.push(readFileSync(file)), redactor.flush()]), mode & 0o777);
  }

  #scannerOf(task: GraphTask): LeakScanner {
    const known = this.#scanners.get(task.name);
    if (known !== undefined) return known;
    const services = Object.values(task.task.services ?? {}).flatMap(({ env }) => env ?? []);
    const declared = new Set([...(task.task.env ?? []), ...services]);
    const named = [...declared].flatMap((name) =>
      this.#names.has(name) ? this.#secretIn(name) : this.#credentialsIn(name),
    );
    const scanner = new LeakScanner([...this.#credentials, ...named]);
    this.#scanners.set(task.name, scanner);
    return scanner;
  }

  #secretIn(name: string): Named[] {
    const value = Object.hasOwn(this.#environment, name) ? this.#environment[name] : undefined;
    return value === undefined ? [] : secretOf(name, value);
  }

  #credentialsIn(name: string): Named[] {
    const value = Object.hasOwn(this.#environment, name) ? this.#environment[name] : undefined;
    return value === undefined ? [] : credentialsIn(value).flatMap((one) => secretOf(name, one));
  }
}

interface Named {
  readonly key: string;
  readonly environment: string;
  readonly secret: Secret;
}

function secretOf(key: string, value: string): Named[] {
  return refusal(value) === undefined ? [{ key, environment: "the task", secret: new Secret(value) }] : [];
}
