import { type ChildProcess, spawn } from "node:child_process";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Argv } from "../../process/command.ts";
import { systemProgram } from "./system-program.ts";

/** A network of its own with nothing in it but a loopback, in which several sealed commands can reach each other. */
export interface Loopback {
  /** The command, in this network. As anybody but root also in its user namespace, in which it has root's rights. */
  enter(argv: Argv): Argv;
  /** Gives it up: it is gone when the last command in it has ended. Resolves when nothing of it is left to wait for. */
  close(): Promise<void>;
}

const searchPath = "/usr/sbin:/usr/bin:/sbin:/bin";
/** It lives as long as its input is open: whatever becomes of Tidegate, it is not left behind. */
const holdScript = "ip link set lo up && echo up && exec cat";

/** `asRoot`: no user namespace is needed. Fails with `confinement-unavailable`. */
export async function openLoopback(asRoot: boolean): Promise<Result<Loopback>> {
  const [unshare, nsenter] = [systemProgram("unshare"), systemProgram("nsenter")];
  if (unshare === undefined || nsenter === undefined)
    return failed(unavailable("there is no unshare(1) or no nsenter(1)", "util-linux"));
  if (systemProgram("ip") === undefined)
    return failed(unavailable("there is no ip(8)to switch on the loopback interface", "iproute2"));
  const user = asRoot ? [] : ["--user", "--map-root-user"];
  const holder = spawn(unshare, [...user, "--net", "--", "/bin/sh", "-c", holdScript], {
    cwd: "/",
    env: { PATH: searchPath },
    detached: true,
    stdio: "pipe",
  });
  const trouble = await whenUp(holder);
  if (trouble !== undefined) return failed(unavailable(trouble));
  const spaces = `/proc/${holder.pid}/ns`;
  // Who enters is root there already: to change into it would need a right to other groups that nobody has.
  const asUser = ["--preserve-credentials", `--user=${spaces}/user`];
  const words = [...(asRoot ? [] : asUser), `--net=${spaces}/net`, "--"];
  return ok({
    enter: ({ file, args }) => ({ file: nsenter, args: [...words, file, ...args] }),
    close: () => {
      const hasEnded = holder.exitCode !== null || holder.signalCode !== null;
      const ended = hasEnded ? Promise.resolve() : new Promise<void>((resolve) => holder.once("exit", () => resolve()));
      holder.stdin?.destroy();
      holder.kill("SIGKILL");
      return ended;
    },
  });
}

/** Resolves with what went wrong. */
function whenUp(holder: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = "";
    holder.stdin?.on("error", () => undefined);
    holder.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    holder.stdout?.once("data", () => resolve(undefined));
    holder.once("error", (error) => resolve(error.message));
    holder.once("close", () => resolve(said.trim() || "its network could not be created"));
  });
}

function unavailable(cause: string, install?: string): Failure {
  const weaker = 'Use "staged", which works everywhere, or `network: true`.';
  return {
    code: "confinement-unavailable",
    message: "Nothing with services can be sealed on this machine",
    cause,
    hint: install === undefined ? weaker : `Install it: apt-get install ${install}\n${weaker}`,
  };
}
