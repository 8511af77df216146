import { Agent, type IncomingHttpHeaders, request as sendRequest } from "node:http";
import { setTimeout as wait } from "node:timers/promises";

/** An answer as a client sees it, read to its end. */
export interface LoadAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface LoadOptions {
  readonly url: string | URL;
  /** The Host header, when it is not the one of the address. */
  readonly host?: string;
  /** Keep-alive connections, each with one request at a time. */
  readonly connections: number;
  /** Whether a complete answer is the expected one. Default: its status is 200. */
  readonly check?: (answer: LoadAnswer) => boolean;
  /** Milliseconds that a connection pauses between requests. Default: none. */
  readonly paced?: number;
  /** Which release gave the answer. Default: its `x-release` header. */
  readonly releaseOf?: (answer: LoadAnswer) => string | undefined;
}

export interface LoadReport {
  readonly sent: number;
  /** Requests without the expected answer: none at all, a part of one, or another one. */
  readonly lost: number;
  /** Those of `lost` that got a complete answer, but another one than expected. */
  readonly wrong: number;
  /** Expected answers by release; those that name none are not in here. */
  readonly byRelease: Readonly<Record<string, number>>;
  /** Why requests were lost, at most 20 of them. */
  readonly reasons: readonly string[];
}

export interface Load {
  /** How many requests have been answered or lost so far. */
  readonly finished: number;
  /** Lets the requests under way finish. Repeating gives the same report. */
  stop(): Promise<LoadReport>;
}

const reasonLimit = 20;
const answerLimitMs = 30_000;

/** Sends requests one after the other on each connection until stopped. Nothing is ever tried again. */
export function startLoad(options: LoadOptions): Load {
  const counter = new Counter();
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections, maxFreeSockets: options.connections });
  const stopping = new AbortController();
  const workers = Array.from({ length: options.connections }, () => work(options, agent, counter, stopping.signal));
  return {
    get finished() {
      return counter.finished;
    },
    async stop() {
      stopping.abort();
      await Promise.all(workers);
      agent.destroy();
      return counter.report();
    },
  };
}

class Counter {
  sent = 0;
  finished = 0;
  #lost = 0;
  #wrong = 0;
  readonly #byRelease: Record<string, number> = {};
  readonly #reasons: string[] = [];

  expected(release: string | undefined): void {
    this.finished += 1;
    if (release !== undefined) this.#byRelease[release] = (this.#byRelease[release] ?? 0) + 1;
  }

  lose(reason: string, isWrong: boolean): void {
    this.finished += 1;
    this.#lost += 1;
    if (isWrong) this.#wrong += 1;
    if (this.#reasons.length < reasonLimit) this.#reasons.push(reason);
  }

  report(): LoadReport {
    return {
      sent: this.sent,
      lost: this.#lost,
      wrong: this.#wrong,
      byRelease: { ...this.#byRelease },
      reasons: [...this.#reasons],
    };
  }
}

async function work(options: LoadOptions, agent: Agent, counter: Counter, signal: AbortSignal): Promise<void> {
  const releaseOf = options.releaseOf ?? ((answer) => answer.headers["x-release"] as string | undefined);
  const check = options.check ?? ((answer) => answer.status === 200);
  while (!signal.aborted) {
    counter.sent += 1;
    try {
      const answer = await ask(options, agent);
      if (check(answer)) counter.expected(releaseOf(answer));
      else counter.lose(`status ${answer.status}: ${answer.body.slice(0, 200)}`, true);
    } catch (error) {
      counter.lose((error as Error).message, false);
    }
    if (options.paced !== undefined) await wait(options.paced, undefined, { signal }).catch(() => {});
  }
}

function ask(options: LoadOptions, agent: Agent): Promise<LoadAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<LoadAnswer>();
  const headers = options.host === undefined ? {} : { host: options.host };
  const request = sendRequest(options.url, { agent, headers });
  const timer = setTimeout(() => request.destroy(new Error(`no answer in ${answerLimitMs} ms`)), answerLimitMs);
  request.on("error", reject);
  request.on("close", () => {
    clearTimeout(timer);
    reject(new Error("the connection closed without an answer"));
  });
  request.on("response", (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("error", reject);
    response.on("aborted", () => reject(new Error("the answer broke off")));
    response.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
    });
  });
  request.end();
  return promise;
}
