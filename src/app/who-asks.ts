import { hostname, userInfo } from "node:os";
import { type Actor, longestName } from "../events/actor.ts";

const gitMs = 2_000;

/** The user of the machine who makes this call. */
export function machineUser(env: Readonly<Record<string, string | undefined>>): Actor {
  return { user: bounded(userName(env)), host: bounded(hostname()), via: "cli" };
}

/** Also who they are to git in that folder, if it says. Never fails. */
export async function whoAsks(folder: string, env: Readonly<Record<string, string | undefined>>): Promise<Actor> {
  const git = await gitIdentity(folder, env);
  return { ...machineUser(env), ...(git !== undefined && { git }) };
}

/** A container may have a user without a name. */
function userName(env: Readonly<Record<string, string | undefined>>): string {
  try {
    return userInfo().username;
  } catch {
    return env.USER || `uid ${process.getuid?.() ?? "unknown"}`;
  }
}

async function gitIdentity(
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly name?: string; readonly email?: string } | undefined> {
  const { execFile } = await import("node:child_process");
  const { promise, resolve } = Promise.withResolvers<Actor["git"]>();
  const args = ["config", "--null", "--get-regexp", "^user\\.(name|email)$"];
  // No git, no repository, no identity, a git that hangs: nothing is known of it then.
  execFile("git", args, { cwd, env: { ...env }, timeout: gitMs, killSignal: "SIGKILL" }, (error, stdout) => {
    if (error !== null) return resolve(undefined);
    const known = Object.fromEntries(stdout.split("\0").map((entry) => entry.split("\n", 2) as [string, string?]));
    const [name, email] = [known["user.name"], known["user.email"]];
    if (!name && !email) return resolve(undefined);
    resolve({ ...(name && { name: bounded(name) }), ...(email && { email: bounded(email) }) });
  }).on("error", () => resolve(undefined));
  return promise;
}

function bounded(text: string): string {
  return text.slice(0, longestName);
}
