import { existsSync, readFileSync, rmSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { failed, ok, type Result } from "../../errors/result.ts";
import { shellWord } from "../../errors/shell-word.ts";
import { guardDisk } from "../../files/guard-disk.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import type { Session } from "../session.ts";
import { unitName, unitText } from "./systemd-unit.ts";

export interface AutostartRequest {
  /** Of the machine's own manager: at its start, without a login. Otherwise of the user's. */
  readonly system: boolean;
  readonly remove: boolean;
  /** How the command is started that the unit starts: Node and its file. */
  readonly program: readonly [string, string];
}

/** What became of the unit, and what is left to do: nothing is enabled or started here. */
export interface Autostart {
  readonly type: "autostart";
  readonly unit: string;
  readonly did: "written" | "unchanged" | "removed" | "notThere";
  /** Commands for whoever runs the machine, in their order. */
  readonly next: readonly string[];
}

/** Of the caller's environment: where the state is, and where secrets and their keys are. Paths and names, no values. */
const passedOn = ["PATH", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "SOPS_AGE_KEY_FILE", "TZ"];
const paths = new Set(["XDG_STATE_HOME", "XDG_CONFIG_HOME", "SOPS_AGE_KEY_FILE"]);

/** Writes the unit, or removes it. The same twice is the same as once. */
export async function autostart(session: Session, request: AutostartRequest): Promise<Result<Autostart>> {
  if (process.platform !== "linux") return failed(noSystemd);
  const { env, cwd } = session.ports;
  const name = unitName(session.project.name, basename(session.stateFolder));
  const unit = join(unitFolder(request.system, env), name);
  return guardDisk(async () => {
    if (request.remove) return ok(remove(unit, name, request.system));
    if (session.isEmpty) return failed(nothingYet);
    const variables = passedOn.flatMap((key) => {
      const value = env[key];
      if (value === undefined || value === "") return [];
      return [[key, paths.has(key) && !isAbsolute(value) ? resolve(cwd, value) : value] as const];
    });
    const text = unitText({
      project: session.project.name,
      folder: session.folder,
      argv: [...request.program, "env", "start", "--all", "--after-restart"],
      variables: Object.fromEntries(variables),
      ...(request.system && { user: userInfo().username }),
    });
    if (!text.ok) return text;
    const isSame = existsSync(unit) && readFileSync(unit, "utf8") === text.value;
    if (!isSame) {
      if (!existsSync(dirname(unit))) makeFolder(dirname(unit));
      writeFileAtomic(unit, text.value, 0o644);
    }
    return ok({ type: "autostart", unit, did: isSame ? "unchanged" : "written", next: toEnable(name, request.system) });
  });
}

function remove(unit: string, name: string, system: boolean): Autostart {
  const isThere = existsSync(unit);
  rmSync(unit, { force: true });
  const next = isThere ? [`${control(system)} disable ${shellWord(name)}`, `${control(system)} daemon-reload`] : [];
  return { type: "autostart", unit, did: isThere ? "removed" : "notThere", next };
}

function toEnable(name: string, system: boolean): string[] {
  const enable = [`${control(system)} daemon-reload`, `${control(system)} enable ${shellWord(name)}`];
  // Without it a user's units end with the last login, and begin with the first.
  return system ? enable : [...enable, `loginctl enable-linger ${shellWord(userInfo().username)}`];
}

function control(system: boolean): string {
  return system ? "systemctl" : "systemctl --user";
}

function unitFolder(system: boolean, env: Readonly<Record<string, string | undefined>>): string {
  if (system) return "/etc/systemd/system";
  const config = env.XDG_CONFIG_HOME;
  return join(config !== undefined && isAbsolute(config) ? config : join(homedir(), ".config"), "systemd", "user");
}

const noSystemd = {
  code: "bad-arguments",
  message: "Only Linux has systemd",
  hint: "Make whatever starts with this machine run: tidegate env start --all --after-restart",
} as const;

const nothingYet = {
  code: "nothing-deployed",
  message: "Nothing is deployed from here, so there is nothing to bring back",
  hint: "Deploy first: tidegate ship",
} as const;
