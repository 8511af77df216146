import { execFile } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import type { Argv } from "../../../process/command.ts";

const run = promisify(execFile);

/**
 * What keeps processes from writing to the release they run from. For users it is the modes of its files. Root does not
 * mind modes; its processes get the release as a read-only mount that only they see (the rest of the machine they see as it
 * is), or where nothing may be mounted (most containers) they lose the right to override modes.
 */
type Kind = "modes" | "mount" | "capabilities" | "none";

/** A shell that replaces itself twice: the process keeps its number. */
const remount = '"$1" -o bind,ro "$0" "$0" 2>&-; shift; exec "$@"';
/** What shells add to the environment by themselves. */
const shellsOwn = ["PWD", "OLDPWD", "SHLVL", "_"];
const tools = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];
/** A shell does not pass on variables with other names. */
const shellName = /^[A-Za-z_][A-Za-z0-9_]*$/;

export class Protection {
  #kind: Promise<Kind> | undefined;

  /** Whether processes cannot write to their release. */
  async isGiven(): Promise<boolean> {
    return (await this.#find()) !== "none";
  }

  /** What to spawn so that `argv` runs in `folder` and cannot write to it. */
  async around(argv: Argv, folder: string, env: Readonly<Record<string, string>>): Promise<Argv> {
    const kind = await this.#find();
    // A program that is not there is told best by who tries to spawn it.
    if (kind === "modes" || kind === "none" || !isThere(argv.file, folder, env.PATH)) return argv;
    if (kind === "mount" && Object.keys(env).every((name) => shellName.test(name))) return mounted(argv, folder, env);
    return withoutOverride(argv);
  }

  #find(): Promise<Kind> {
    this.#kind ??= findKind();
    return this.#kind;
  }
}

function mounted({ file, args }: Argv, folder: string, env: Readonly<Record<string, string>> = {}): Argv {
  const added = shellsOwn.filter((name) => !Object.hasOwn(env, name));
  // The folder as it is now mounted: where the process is already is below the mount.
  const inside = [toolAt("env") ?? "", ...added.map((name) => `--unset=${name}`), `--chdir=${folder}`, file, ...args];
  const shell = ["/bin/sh", "-c", remount, folder, toolAt("mount") ?? "", ...inside];
  return { file: toolAt("unshare") ?? "", args: ["--mount", "--propagation", "slave", ...shell] };
}

function withoutOverride({ file, args }: Argv): Argv {
  const lost = "-dac_override,-dac_read_search";
  return { file: toolAt("setpriv") ?? "", args: [`--bounding-set=${lost}`, `--inh-caps=${lost}`, "--", file, ...args] };
}

async function findKind(): Promise<Kind> {
  if (process.getuid?.() !== 0) return "modes";
  if (process.platform !== "linux") return "none";
  const folder = mkdtempSync(join(tmpdir(), "tidegate-"));
  try {
    // What cannot be written is the proof.
    const write: Argv = { file: "/bin/sh", args: ["-c", 'if echo > "$0/file"; then exit 1; fi 2>&-', folder] };
    for (const [kind, around] of [["mount", mounted(write, folder)]] as const) if (await succeeds(around)) return kind;
    return (await succeeds(withoutOverride({ file: "/bin/true", args: [] }))) ? "capabilities" : "none";
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function succeeds({ file, args }: Argv): Promise<boolean> {
  return run(file, args, { timeout: 10_000 }).then(
    () => true,
    () => false,
  );
}

function toolAt(name: string): string | undefined {
  return tools.map((folder) => join(folder, name)).find(isProgram);
}

/** Whether spawning it would find a program. */
export function isThere(file: string, folder: string, path = "/usr/bin:/bin"): boolean {
  if (file.includes("/")) return isProgram(isAbsolute(file) ? file : join(folder, file));
  return path.split(delimiter).some((one) => isProgram(join(one, file)));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
