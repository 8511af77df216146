import { readdir, readFile, readlink } from "node:fs/promises";
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
    const inodes = new Set([...(await listeningInodes("tcp", port)), ...(await listeningInodes("tcp6", port))]);
    const pid = inodes.size === 0 ? undefined : await holderOf(inodes);
    return pid === undefined ? undefined : { pid, command: await commandOf(pid) };
  } catch {
    return undefined;
  }
}

/** proc_net(5): the second column is the local address and port in hexadecimal, the fourth the state (0A: listening). */
async function listeningInodes(table: "tcp" | "tcp6", port: number): Promise<string[]> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = (await readFile(`/proc/net/${table}`, "latin1").catch(() => "")).split("\n").slice(1);
  const columns = rows.map((row) => row.trim().split(/\s+/));
  return columns.filter(([, local, , state]) => local?.endsWith(suffix) && state === "0A").map((row) => row[9] ?? "");
}

async function holderOf(inodes: ReadonlySet<string>): Promise<number | undefined> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    // Files of other users' processes cannot be listed.
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "");
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined && inodes.has(inode)) return Number(pid);
    }
  }
  return undefined;
}

async function commandOf(pid: number): Promise<string> {
  const words = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
  const [program = "", argument = ""] = words;
  const isScript = /^[^-][^=\s]*\.[a-z]{1,4}$/i.test(argument);
  return isScript ? `${basename(program)} ${basename(argument)}` : basename(program);
}
