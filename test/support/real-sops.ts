import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import type { TestContext } from "vitest";
import { realSops } from "../../scripts/sops/real-sops.ts";
import { unavailable } from "./require.ts";

export interface SopsRequest {
  readonly format: "yaml" | "json" | "dotenv" | "binary";
  readonly content: Uint8Array;
}

export interface SopsAnswers {
  /** For each request, undefined when SOPS decrypted it and its MAC was right, or else what SOPS said. */
  readonly problems: readonly (string | undefined)[];
  /** What it logged: warnings about comments that it cannot decrypt, among others. */
  readonly log: string;
}

/** Skips the test (see `unavailable`) where the real SOPS was not set up. */
export function requireRealSops(context: TestContext): void {
  const { program } = realSops();
  if (!existsSync(program)) unavailable(context, `there is no real SOPS at ${program}: node scripts/setup-sops.ts`);
}

/**
 * Has a real SOPS (3.9.2) decrypt files. It is a program for AWS Lambda: it asks this server for one invocation after the
 * other, and tells the outcome as CloudFormation wants it. Given nowhere to put what it decrypted, it complains about
 * that, which is how a success looks.
 */
export async function askRealSops(requests: readonly SopsRequest[], ageKeys: readonly string[]): Promise<SopsAnswers> {
  const lambda = new LambdaServer(requests);
  const port = await lambda.listen();
  const child = spawn(realSops().program, {
    stdio: ["ignore", "pipe", "pipe"],
    // Nothing of the machine's own keys.
    env: {
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
      SOPS_AGE_KEY: ageKeys.join("\n"),
      HOME: tmpdir(),
      AWS_REGION: "none",
    },
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (log += text));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  try {
    const early = ended.then(() => Promise.reject(new Error(`the real SOPS ended: ${log}`)));
    const problems = await Promise.race([lambda.answers, early]);
    return { problems, log };
  } finally {
    child.kill("SIGKILL");
    await ended.catch(() => undefined);
    lambda.close();
  }
}

class LambdaServer {
  readonly #requests: readonly SopsRequest[];
  readonly #problems: (string | undefined)[] = [];
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly answers: Promise<readonly (string | undefined)[]>;
  #finish: (problems: readonly (string | undefined)[]) => void = () => undefined;
  #current = -1;

  constructor(requests: readonly SopsRequest[]) {
    this.#requests = requests;
    this.answers = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this.#port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(request);
    if (request.url?.endsWith("/invocation/next")) return this.#next(response);
    if (request.url === "/cfn") this.#told(JSON.parse(body) as { Status?: string; Reason?: string });
    if (request.url?.endsWith("/error")) this.#problems[this.#current] ??= body;
    response.writeHead(request.url === "/cfn" ? 200 : 202).end();
  }

  #next(response: ServerResponse): void {
    this.#current += 1;
    const next = this.#requests[this.#current];
    // The last one is left waiting: the process is ended then.
    if (next === undefined) this.#finish(Array.from(this.#requests, (_, index) => this.#problems[index]));
    else this.#invoke(next, response);
  }

  #invoke(request: SopsRequest, response: ServerResponse): void {
    const deadline = `${Date.now() + 60_000}`;
    const headers = { "Lambda-Runtime-Aws-Request-Id": `${this.#current}`, "Lambda-Runtime-Deadline-Ms": deadline };
    response.writeHead(200, headers).end(JSON.stringify(eventFor(request, this.#port)));
  }

  #told({ Status, Reason = "" }: { readonly Status?: string; readonly Reason?: string }): void {
    // What it decrypted it prints as YAML and parses again, where go-yaml trips over some strings of its own.
    const isSuccess = Status === "SUCCESS" || /^neither SecretARN|^failed to parse \w+ content/.test(Reason);
    this.#problems[this.#current] = isSuccess ? undefined : Reason || "no reason given";
  }
}

function eventFor({ format, content }: SopsRequest, port: number): unknown {
  return {
    RequestType: "Create",
    ResponseURL: `http://127.0.0.1:${port}/cfn`,
    StackId: "s",
    RequestId: "r",
    LogicalResourceId: "l",
    ResourceProperties: {
      SopsInline: { Content: Buffer.from(content).toString("base64"), Hash: "h" },
      Format: format,
      Flatten: "false",
      StringifyValues: "false",
    },
  };
}

async function readAll(request: IncomingMessage): Promise<string> {
  let text = "";
  request.setEncoding("utf8");
  for await (const piece of request) text += piece as string;
  return text;
}
