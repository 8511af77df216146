import { existsSync } from "node:fs";
import { join } from "node:path";

/** What decides where keys are looked for. */
export interface KeyLookup {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Where `SOPS_AGE_KEY_CMD` runs, and what relative paths start from. */
  readonly folder: string;
  /**
   * Files that count beside those that SOPS would find, as seen from `userConfigFolder`. One that others than its user can
   * read is refused; one that is not there is passed over.
   */
  readonly configFiles?: readonly string[];
  /** How long `SOPS_AGE_KEY_CMD` may take: 60 s unless given. It may have to ask somebody. */
  readonly commandLimitMs?: number;
  /** How `SOPS_AGE_KEY_CMD` is run; a plain child process unless given. */
  readonly run?: RunCommand;
  readonly signal?: AbortSignal;
}

/** A program that prints keys. */
export interface KeyCommand {
  readonly run: readonly [string, ...string[]];
  readonly folder: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** What a program printed, without the line ending at its end, or why there is nothing. */
export type Printed =
  | { readonly state: "printed"; readonly value: string }
  /** `said`: of its error output what can be shown. */
  | { readonly state: "failed"; readonly why: string; readonly said: string };

/** Runs a program without a shell and takes what it prints. Never rejects. */
export type RunCommand = (command: KeyCommand) => Promise<Printed>;

/**
 * The folder that programs keep a user's settings in, where Go looks for it and so SOPS: `XDG_CONFIG_HOME` (on macOS
 * too), else `~/.config` or `~/Library/Application Support`. `undefined` when neither it nor a home is set.
 */
export function userConfigFolder({
  variables,
  platform,
}: Pick<KeyLookup, "variables" | "platform">): string | undefined {
  const { XDG_CONFIG_HOME: xdg = "", HOME: home = "", APPDATA: roaming = "" } = variables;
  if (platform === "win32") return roaming === "" ? undefined : roaming;
  // Go refuses a relative one.
  if (xdg !== "") return platform === "darwin" || xdg.startsWith("/") ? xdg : undefined;
  if (home === "") return undefined;
  return platform === "darwin" ? join(home, "Library", "Application Support") : join(home, ".config");
}

/** The file that SOPS, too, reads a user's keys from. */
export function sopsKeyFile(lookup: Pick<KeyLookup, "variables" | "platform">): string | undefined {
  const folder = userConfigFolder(lookup);
  return folder === undefined ? undefined : join(folder, "sops", "age", "keys.txt");
}

/** The SSH keys that SOPS would try, and this library does not: names of variables and files. */
export function sshKeys({ variables }: KeyLookup): string[] {
  const names = ["SOPS_AGE_SSH_PRIVATE_KEY_FILE", "SOPS_AGE_SSH_PRIVATE_KEY_CMD"];
  const home = variables.HOME ?? "";
  const files = home === "" ? [] : ["id_ed25519", "id_rsa"].map((name) => join(home, ".ssh", name));
  return [...names.filter((name) => variables[name] !== undefined), ...files.filter((file) => existsSync(file))];
}
