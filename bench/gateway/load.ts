import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { versionOf } from "./programs.ts";
import { hostName } from "./proxies.ts";

export interface LoadOptions {
  readonly port: number;
  /** Of the bodies, in bytes. */
  readonly size: number;
  readonly connections: number;
  readonly seconds: number;
}

export interface Measured {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly requests: number;
  /** Requests without the whole of the right answer. */
  readonly lost: number;
}

export interface LoadProgram {
  readonly name: string;
  readonly run: (options: LoadOptions) => Promise<Measured>;
}

/** wrk, where it is installed: it leaves more of the machine to what is measured. */
export function loadProgram(folder: string): LoadProgram {
  const version = versionOf(["wrk", "-v"]);
  return version === undefined
    ? { name: "a load of its own", run: ownLoad }
    : { name: `wrk ${version}`, run: wrk(folder) };
}

function wrk(folder: string): LoadProgram["run"] {
  const script = join(folder, "wrk.lua");
  writeFileSync(script, wrkScript);
  return async ({ port, size, connections, seconds }) => {
    const args = [
      "-t1",
      `-c${connections}`,
      `-d${seconds}s`,
      "--timeout",
      "30s",
      "-s",
      script,
      "-H",
      `Host: ${hostName}`,
    ];
    const { stdout } = await promisify(execFile)("wrk", [...args, `http://127.0.0.1:${port}/${size}`]);
    const [requests = 0, microseconds = 1, p50 = 0, p99 = 0, lost = 0] = (/^measured (.*)$/m.exec(stdout)?.[1] ?? "")
      .split(" ")
      .map(Number);
    return { perSecond: requests / (microseconds / 1e6), p50: p50 / 1000, p99: p99 / 1000, requests, lost };
  };
}

const wrkScript = `
function done(summary, latency)
  local e = summary.errors
  print(string.format("measured %d %d %d %d %d", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
`;

async function ownLoad(options: LoadOptions): Promise<Measured> {
  const begun = performance.now();
  const tookMs: number[] = [];
  const until = begun + options.seconds * 1000;
  const all = await Promise.all(Array.from({ length: options.connections }, () => askAgain(options, until, tookMs)));
  const seconds = (performance.now() - begun) / 1000;
  tookMs.sort((one, other) => one - other);
  const at = (share: number) => tookMs[Math.floor(tookMs.length * share)] ?? 0;
  const lost = all.reduce((sum, own) => sum + own, 0);
  return { perSecond: tookMs.length / seconds, p50: at(0.5), p99: at(0.99), requests: tookMs.length, lost };
}

/** Asks on one connection, one request after the other; resolves with how many it lost: one that is lost ends it. */
function askAgain({ port, size }: LoadOptions, until: number, tookMs: number[]): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const request = `GET /${size} HTTP/1.1\r\nHost: ${hostName}\r\n\r\n`;
  let [begun, missing, head] = [0, -1, ""];
  const send = (socket: Socket) => {
    [begun, missing, head] = [performance.now(), -1, ""];
    socket.write(request, "latin1");
  };
  const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => send(socket));
  socket.on("data", (chunk) => {
    if (missing >= 0) missing -= chunk.length;
    else {
      head += chunk.toString("latin1");
      const end = head.indexOf("\r\n\r\n");
      if (end >= 0) missing = size - (head.length - end - 4);
    }
    if (missing !== 0) return;
    tookMs.push(performance.now() - begun);
    if (!head.startsWith("HTTP/1.1 200")) socket.destroy(new Error("lost"));
    else if (performance.now() < until) send(socket);
    else socket.destroy();
  });
  socket.on("error", () => resolve(1));
  socket.on("close", () => resolve(missing === 0 ? 0 : 1));
  return promise;
}
