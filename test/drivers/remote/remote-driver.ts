import { type IncomingMessage, request } from "node:http";
import { Readable } from "node:stream";
import type {
  Capabilities,
  Deviation,
  FollowOptions,
  Instance,
  InstanceSpec,
  Job,
  JobSpec,
  NaiveDriver,
  Stopped,
} from "../../../src/drivers/driver.ts";
import { LimitGroups } from "../../../src/drivers/local/limits/limit-groups.ts";
import { isFile, type ReleaseContent } from "../../../src/drivers/release-content.ts";
import { failed, ok, type Result } from "../../../src/errors/result.ts";
import { decode, encode, frames } from "./wire.ts";

/** Runs things at a daemon, which is reached over a socket and shares nothing else with it. */
export class RemoteDriver implements NaiveDriver {
  /** Those of its daemon, which is on the same machine. */
  readonly capabilities: Partial<Capabilities> = { limits: new LimitGroups().kept };
  readonly #socket: string;

  constructor(socket: string) {
    this.#socket = socket;
  }

  async prepare(environment: string, release: ReleaseContent, token: number): Promise<Result<void>> {
    const sent = await this.#send(release);
    return sent.ok ? this.#call("prepare", environment, shapeOf(release), token) : sent;
  }

  forget(environment: string, release: string, token: number): Promise<Result<void>> {
    return this.#call("forget", environment, release, token);
  }

  destroyData(environment: string, token: number): Promise<Result<void>> {
    return this.#call("destroyData", environment, token);
  }

  verify(environment: string, release: ReleaseContent): Promise<Result<Deviation | undefined>> {
    return this.#call("verify", environment, shapeOf(release));
  }

  start(spec: InstanceSpec, token: number): Promise<Result<Instance>> {
    return this.#call("start", spec, token);
  }

  stop(environment: string, id: string, graceMs: number, token: number): Promise<Result<Stopped>> {
    return this.#call("stop", environment, id, graceMs, token);
  }

  observe(environment: string): Promise<Result<readonly Instance[]>> {
    return this.#call("observe", environment);
  }

  startJob(spec: JobSpec, token: number): Promise<Result<Job>> {
    return this.#call("startJob", spec, token);
  }

  observeJob(environment: string, id: string): Promise<Result<Job | undefined>> {
    return this.#call("observeJob", environment, id);
  }

  stopJob(environment: string, id: string, graceMs: number, token: number): Promise<Result<Stopped>> {
    return this.#call("stopJob", environment, id, graceMs, token);
  }

  remove(environment: string, id: string, token: number): Promise<Result<void>> {
    return this.#call("remove", environment, id, token);
  }

  async *follow(environment: string, id: string, { lines, signal }: FollowOptions): AsyncGenerator<Uint8Array> {
    yield* this.#stream({ method: "follow", args: [environment, id, { lines, goesOn: signal !== undefined }] }, signal);
  }

  /** One that cannot be reached is asked again, so that whoever watches sees it when it is back. */
  async *watch(environment: string, signal: AbortSignal): AsyncGenerator<void> {
    while (!signal.aborted) {
      yield;
      for await (const _ of this.#stream({ method: "watch", args: [environment] }, signal)) yield;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** The content of files that the daemon does not have yet. What is missing here is missing there, and said there. */
  async #send({ entries, read }: ReleaseContent): Promise<Result<void>> {
    const digests = [...new Set(entries.filter(isFile).map(({ digest }) => digest))];
    const missing = await this.#ask("/missing", encode(digests));
    if (missing === undefined) return unreachable(this.#socket);
    for (const digest of decode(missing) as string[]) {
      const content = await read(digest);
      if (!content.ok) return content;
      if (content.value === undefined) continue;
      const sent = await this.#ask(`/content/${encodeURIComponent(digest)}`, Readable.from(content.value));
      if (sent === undefined) return unreachable(this.#socket);
    }
    return ok();
  }

  async #call<T>(method: keyof NaiveDriver, ...args: readonly unknown[]): Promise<Result<T>> {
    const answer = await this.#ask("/call", encode({ method, args }));
    return answer === undefined ? unreachable(this.#socket) : (withValue(decode(answer)) as Result<T>);
  }

  /** `undefined`: nobody answers. */
  async #ask(path: string, body: string | Readable): Promise<string | undefined> {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of await this.#open(path, body)) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString("utf8");
    } catch {
      return undefined;
    }
  }

  async *#stream(call: object, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
    try {
      const response = await this.#open("/stream", encode(call));
      signal?.addEventListener("abort", () => response.destroy(), { once: true });
      if (!signal?.aborted) yield* frames(response);
    } catch {
      // It is gone, or nobody looks any more.
    }
  }

  #open(path: string, body: string | Readable): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const asked = request({ socketPath: this.#socket, path, method: "POST", agent: false }, resolve);
      asked.once("error", reject);
      if (typeof body === "string") asked.end(body);
      else body.once("error", reject).pipe(asked);
    });
  }
}

function shapeOf({ digest, entries, writes }: ReleaseContent) {
  return { digest, entries, writes };
}

/** JSON has no `undefined`. */
function withValue(answer: unknown): unknown {
  const isEmpty = typeof answer === "object" && answer !== null && "ok" in answer && answer.ok === true;
  return isEmpty ? { value: undefined, ...answer } : answer;
}

function unreachable(socket: string): Result<never> {
  return failed({ code: "driver-unreachable", message: `Nobody answers at ${socket}`, hint: "Start the daemon." });
}
