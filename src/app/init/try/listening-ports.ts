import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The TCP ports that processes listen on; [] where the system does not say. */
export function listeningPorts(pids: Iterable<number>): number[] {
  const ports = new Map([...rows("tcp"), ...rows("tcp6")]);
  const found = [...pids].flatMap((pid) => socketsOf(pid).flatMap((inode) => ports.get(inode) ?? []));
  return [...new Set(found)].sort((a, b) => a - b);
}

/** proc_net(5): the second column is the local address and port in hexadecimal, the fourth the state (0A: listening). */
function rows(table: "tcp" | "tcp6"): [inode: string, port: number][] {
  return read(`/proc/net/${table}`).flatMap((row) => {
    const columns = row.trim().split(/\s+/);
    const port = Number.parseInt(columns[1]?.split(":")[1] ?? "", 16);
    return columns[3] === "0A" && Number.isInteger(port) ? [[columns[9] ?? "", port] as [string, number]] : [];
  });
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap(
      (name) => /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${name}`))?.[1] ?? [],
    );
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

function read(path: string): string[] {
  try {
    return readFileSync(path, "latin1").split("\n").slice(1);
  } catch {
    return [];
  }
}
