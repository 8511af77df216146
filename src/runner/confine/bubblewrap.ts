import { existsSync } from "node:fs";
import { totalmem } from "node:os";
import { dirname } from "node:path";
import type { Argv } from "../../process/command.ts";
import type { SealTools } from "../run-context.ts";
import type { Sight } from "./view.ts";

export interface Walls {
  readonly tools: SealTools;
  /** The file with the filter of system calls. */
  readonly filter: string;
  /** Folders of control groups that hold the command to its memory; none where none can be had. */
  readonly groups: readonly string[];
  /** Who the command runs as. `undefined`: who Tidegate runs as, in a user namespace. As root always somebody else. */
  readonly user: number | undefined;
  readonly projectFolder: string;
  readonly view: readonly Sight[];
  /** Whether the network that it is started in stays: the machine's, or one that it shares with its services. */
  readonly keepsNetwork: boolean;
}

/** Threads count as processes: enough for a build with many workers, too few for a fork bomb to be felt. */
const maxProcesses = 2048;
/** Private memory of each process; all together are held by a control group, where there can be one. */
export const maxMemoryBytes = Math.floor(totalmem() * 0.75);
/** Of each of the places for temporary files, which lie in memory. */
const maxTemporaryBytes = Math.floor(totalmem() / 8);

/** What /proc tells of the machine although the processes there are the task's own; no device can be opened behind it. */
const hidden = ["/proc/keys", "/proc/key-users", "/proc/kcore", "/proc/timer_list", "/proc/sched_debug"];

/**
 * Goes into the control groups, closes what Tidegate itself inherited, hands over the filter, and becomes bwrap. Nothing of
 * the task runs here.
 */
const launchScript = `
while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs" || exit 126; shift; done
for fd in /proc/self/fd/*; do
  fd=\${fd##*/}
  case $fd in [0-2]) ;; *) eval "exec $fd>&-" ;; esac
done
exec 9< "$2"
shift 2
exec "$@"
`;

/**
 * Stays as the first process of its namespace: that one hears no signal it does not ask for, so that the command gets them
 * all, and when it ends the kernel ends whatever the command left behind.
 */
const firstScript = `cd "$1" || exit 126; shift; "$@"; exit $?`;

/** What has to be spawned so that a command runs within walls. */
export function walled(walls: Walls, { file, args }: Argv): Argv {
  const { tools, filter, groups, projectFolder } = walls;
  const command = [...limits(tools), "/bin/sh", "-c", firstScript, "sh", projectFolder, file, ...args];
  const inner = [...asUser(walls), ...command];
  const [shell, ...quiet] = tools.shell;
  const launch = [...quiet, "-c", launchScript, "tidegate-seal", ...groups, "--", filter, tools.bwrap];
  return { file: shell, args: [...launch, ...options(walls), "--", ...inner] };
}

function options({ user, projectFolder, view, keepsNetwork }: Walls): string[] {
  // Root needs no namespace to build them, and keeps only what it needs to become somebody else.
  const rights =
    user === undefined
      ? [
          "--unshare-user",
          "--uid",
          String(process.getuid?.()),
          "--gid",
          String(process.getgid?.()),
          "--cap-drop",
          "ALL",
        ]
      : ["--cap-drop", "ALL", ...["CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"].flatMap((cap) => ["--cap-add", cap])];
  const spaces = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--as-pid-1"];
  return [
    ...rights,
    ...spaces,
    ...(keepsNetwork ? [] : ["--unshare-net"]),
    // What shells put into the environment on the way.
    ...["_", "SHLVL", "OLDPWD"].flatMap((name) => ["--unsetenv", name]),
    ...["--setenv", "TMPDIR", "/tmp", "--seccomp", "9"],
    ...["--dev", "/dev", ...temporary("/dev/shm"), "--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys"],
    ...hidden.filter((path) => existsSync(path)).flatMap((path) => ["--ro-bind", "/dev/null", path]),
    ...view.flatMap(toOptions),
    ...["--dir", projectFolder, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"],
  ];
}

/** Folders on the way are made first: bwrap itself would give them the rights of what is put into them. */
function toOptions(sight: Sight): string[] {
  return ["--dir", dirname(sight.at), ...mount(sight)];
}

function mount({ how, from, at }: Sight): string[] {
  switch (how) {
    case "see":
      return ["--ro-bind", from, at];
    case "change":
      return ["--bind", from, at];
    case "link":
      return ["--symlink", from, at];
    case "temporary":
      return temporary(at);
  }
}

/** For everybody, since there is nobody else in it. */
function temporary(at: string): string[] {
  return ["--perms", "1777", "--size", String(maxTemporaryBytes), "--tmpfs", at];
}

function asUser({ tools, user }: Walls): string[] {
  if (user === undefined) return [];
  const nothing = ["--clear-groups", "--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all", "--no-new-privs"];
  return [tools.setpriv, `--reuid=${user}`, `--regid=${user}`, ...nothing, "--"];
}

/** Set within, where a user namespace has its own count of processes. */
function limits({ prlimit }: SealTools): string[] {
  return [prlimit, `--nproc=${maxProcesses}`, `--data=${maxMemoryBytes}`, "--core=0", "--"];
}
