import { once } from "node:events";
import { readdir, readFile, readlink } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { basename, dirname } from "node:path";

/** The process that listens on a port. */
export interface PortOwner {
  readonly pid: number;
  /** What it is, without its options: they may hold secrets. */
  readonly command: string;
  /** The folder that it works in; absent where that cannot be seen. */
  readonly folder?: string;
  /** The gateway of a project: the state folder of that. Its title hides what it was started with. */
  readonly stateFolder?: string;
}

/** The title that a gateway gives itself. */
export const gatewayTitle = "tidegate-gateway";

const answerMs = 1_000;

/**
 * Whether somebody listens where a gateway would. Nothing is bound for it, which could be in the way of a gateway that
 * starts at this moment; and where the system can be asked, nothing is connected to.
 */
export async function isListenedOn(host: string, port: number): Promise<boolean> {
  const isEverywhere = host === "0.0.0.0" || host === "::";
  const inTheWay = [hexAddress(host), "00000000"];
  const rows = await listening("tcp", port);
  if (rows.some(({ address }) => isEverywhere || inTheWay.includes(address))) return true;
  // Of an IPv6 listener the tables do not say whether it takes IPv4, too.
  return answers(isEverywhere ? (host === "::" ? "::1" : "127.0.0.1") : host, port);
}

/** As proc_net(5) has it: 127.0.0.1 is 0100007F. */
function hexAddress(host: string): string {
  const bytes = host.split(".").map((byte) => Number(byte).toString(16).toUpperCase().padStart(2, "0"));
  return bytes.reverse().join("");
}

function answers(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host, port, timeout: answerMs });
  const end = (answer: boolean) => {
    socket.destroy();
    resolve(answer);
  };
  socket.on("connect", () => end(true));
  socket.on("timeout", () => end(false));
  socket.on("error", () => end(false));
  return promise;
}

/** Who listens on a TCP port of this machine; `undefined` when that cannot be seen (other systems, other users). */
export async function portOwner(port: number): Promise<PortOwner | undefined> {
  if (process.platform !== "linux") return undefined;
  try {
    const pid = (await holdersOf(await inodesOf(port)))[0]?.pid;
    return pid === undefined ? undefined : await ownerOf(pid);
  } catch {
    return undefined;
  }
}

/**
 * Whether an address may be listened on together with these processes: nobody else listens at its port, as far as can be
 * seen. Sharing as such is between all processes of a user, which would take each other's requests.
 */
export async function isFreeBut(
  host: string,
  port: number,
  others: () => Promise<readonly number[]>,
): Promise<boolean> {
  if (await isFree(host, port)) return true;
  const inodes = await inodesOf(port);
  const holders = await holdersOf(inodes);
  const known = await others();
  const seen = new Set(holders.flatMap((holder) => holder.inodes));
  return inodes.size === seen.size && holders.every(({ pid }) => pid !== process.pid && known.includes(pid));
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen({ host, port, exclusive: true }), "listening");
    return true;
  } catch (error) {
    // Whatever else stands in the way is said by who listens there.
    return (error as NodeJS.ErrnoException).code !== "EADDRINUSE";
  } finally {
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }
}

async function inodesOf(port: number): Promise<Set<string>> {
  const rows = [...(await listening("tcp", port)), ...(await listening("tcp6", port))];
  return new Set(rows.map(({ inode }) => inode));
}

/** What is said of an owner in a sentence: `process 42 (node server.js) in /srv/shop`. */
export function showOwner({ pid, command, folder, stateFolder }: PortOwner): string {
  const where = stateFolder === undefined ? folder && ` in ${folder}` : `, whose state is ${stateFolder}`;
  return `process ${pid} (${command})${where ?? ""}`;
}

/** proc_net(5): the second column is the local address and port in hexadecimal, the fourth the state (0A: listening). */
async function listening(table: "tcp" | "tcp6", port: number): Promise<{ address: string; inode: string }[]> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = (await readFile(`/proc/net/${table}`, "latin1").catch(() => "")).split("\n").slice(1);
  const columns = rows.map((row) => row.trim().split(/\s+/));
  return columns
    .filter(([, local, , state]) => local?.endsWith(suffix) && state === "0A")
    .map(([, local = "", ...rest]) => ({ address: local.slice(0, -suffix.length), inode: rest[7] ?? "" }));
}

async function ownerOf(pid: number): Promise<PortOwner> {
  const command = await commandOf(pid);
  // A gateway works in no folder of its project's; what it says goes to the log in its state folder.
  const isGateway = command === gatewayTitle;
  const seen = await readlink(`/proc/${pid}/${isGateway ? "fd/1" : "cwd"}`).catch(() => undefined);
  if (!isGateway) return { pid, command, ...(seen && { folder: seen }) };
  const log = seen?.replace(/ \(deleted\)$/, "");
  return { pid, command, ...(log?.endsWith("/gateway.log") && { stateFolder: dirname(log) }) };
}

/** The processes of this user that have these sockets, and which of them. */
async function holdersOf(wanted: ReadonlySet<string>): Promise<{ readonly pid: number; readonly inodes: string[] }[]> {
  if (wanted.size === 0) return [];
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const holders = [];
  for (const pid of pids) {
    const inodes: string[] = [];
    // Files of other users' processes cannot be listed.
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "");
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined && wanted.has(inode)) inodes.push(inode);
    }
    if (inodes.length > 0) holders.push({ pid: Number(pid), inodes });
  }
  return holders;
}

async function commandOf(pid: number): Promise<string> {
  const words = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
  const [program = "", argument = ""] = words;
  const isScript = /^[^-][^=\s]*\.[a-z]{1,4}$/i.test(argument);
  return isScript ? `${basename(program)} ${basename(argument)}` : basename(program);
}
