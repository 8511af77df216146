import { once } from "node:events";
import { readdir, readFile, readlink } from "node:fs/promises";
import { createServer } from "node:net";
import { basename } from "node:path";

/** The process that listens on a port. */
export interface PortOwner {
  readonly pid: number;
  /** What it is, without its options: they may hold secrets. */
  readonly command: string;
}

/** Who listens on a TCP port of this machine; `undefined` when that cannot be seen (other systems, other users). */
export async function portOwner(port: number): Promise<PortOwner | undefined> {
  if (process.platform !== "linux") return undefined;
  try {
    const pid = (await holdersOf(await inodesOf(port)))[0]?.pid;
    return pid === undefined ? undefined : { pid, command: await commandOf(pid) };
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
  return new Set([...(await listeningInodes("tcp", port)), ...(await listeningInodes("tcp6", port))]);
}

/** proc_net(5): the second column is the local address and port in hexadecimal, the fourth the state (0A: listening). */
async function listeningInodes(table: "tcp" | "tcp6", port: number): Promise<string[]> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = (await readFile(`/proc/net/${table}`, "latin1").catch(() => "")).split("\n").slice(1);
  const columns = rows.map((row) => row.trim().split(/\s+/));
  return columns.filter(([, local, , state]) => local?.endsWith(suffix) && state === "0A").map((row) => row[9] ?? "");
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
