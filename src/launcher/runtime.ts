import { execFileSync } from "node:child_process";
import { isAbsolute } from "node:path";
import { type Fetched, fetchNode } from "./fetch-node.ts";
import { type KnownNode, knownNode, type Variables } from "./known-nodes.ts";
import { isExecutable } from "./npm-client.ts";
import { oldestNode } from "./oldest-node.ts";
import { plainVersion, satisfies } from "./version-range.ts";

/** What Tidegate runs on: any of these. */
const wanted = `>=${oldestNode}`;

/**
 * What is fetched where there is none: one version for each kind of machine, and what its package is. It changes with
 * Tidegate's own releases only, whatever the registry says meanwhile.
 */
const fetched: Readonly<Record<string, { readonly version: string; readonly integrity: string }>> = {
  "linux-x64": {
    version: "24.21.0",
    integrity: "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
  },
  "linux-arm64": {
    version: "24.21.0",
    integrity: "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
  },
};

/** Why there is no Node for Tidegate itself. */
export interface NoRuntime {
  readonly message: string;
  readonly cause?: string;
  readonly hint: string;
}

/**
 * The Node that Tidegate runs on when the one that started it is too old, or `TIDEGATE_NODE` names another: that one,
 * else one that is on this machine, else one that is fetched once for all projects of this user.
 */
export async function findRuntime(env: Variables, folder: string, say: FetchSay): Promise<KnownNode | NoRuntime> {
  const named = env.TIDEGATE_NODE;
  if (named !== undefined && named !== "") return namedRuntime(named);
  const known = knownNode(wanted, env);
  if (known !== undefined) return known;
  const pinned = fetched[`${process.platform}-${process.arch}`];
  const range = pinned?.version ?? String(oldestNode);
  const found = await saying(say, range, () => fetchNode({ range, env, folder, integrity: pinned?.integrity }));
  return "file" in found ? found : noRuntime(found);
}

function namedRuntime(file: string): KnownNode | NoRuntime {
  const hint = `Set TIDEGATE_NODE to the whole path of a Node ${oldestNode} or newer, or unset it, and Tidegate finds one.`;
  if (!isAbsolute(file) || !isExecutable(file))
    return { message: `TIDEGATE_NODE does not name a program: ${file}`, hint };
  const version = askVersion(file);
  if (version === undefined) return { message: `TIDEGATE_NODE names a program that is not Node: ${file}`, hint };
  if (!satisfies(version, wanted))
    return { message: `Tidegate needs Node ${oldestNode} or newer, and TIDEGATE_NODE names ${version}: ${file}`, hint };
  return { file, version };
}

function askVersion(file: string): string | undefined {
  try {
    return plainVersion(execFileSync(file, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
  } catch {
    return undefined;
  }
}

function noRuntime({ message, cause, hint }: Exclude<Fetched, KnownNode>): NoRuntime {
  return {
    message: `Tidegate runs on Node ${oldestNode} or newer, this is ${process.versions.node}, and no other was found. ${message}`,
    cause,
    hint: `${hint}\nOr name a Node ${oldestNode} that you have: TIDEGATE_NODE=/path/to/node`,
  };
}

/** What is shown while a Node is fetched. `done`: the last word on it. */
export type FetchSay = (line: string, done: boolean) => void;

const secondMs = 1000;

/** Says that it is fetched, every second that it still is, and how long it took. */
export async function saying(say: FetchSay, range: string, fetchIt: () => Promise<Fetched>): Promise<Fetched> {
  const line = `Fetching Node ${range} through npm, once for all projects of this user`;
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 1000);
  say(line, false);
  const timer = setInterval(() => say(`${line} (${seconds()} s)`, false), secondMs);
  try {
    const found = await fetchIt();
    if ("file" in found) say(`Fetched Node ${found.version} in ${seconds()} s: ${found.file}`, true);
    return found;
  } finally {
    clearInterval(timer);
  }
}
