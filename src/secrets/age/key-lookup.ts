import { join } from "node:path";

/** What decides where keys are looked for. */
export interface KeyLookup {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Where `SOPS_AGE_KEY_CMD` runs, and what relative paths start from. */
  readonly folder: string;
  /** Whose own keys count too, beside those that SOPS would find: one file per environment. */
  readonly project?: { readonly name: string; readonly environments: readonly string[] };
  /** How long `SOPS_AGE_KEY_CMD` may take: 60 s unless given. It may have to ask somebody. */
  readonly commandLimitMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * The folder that programs keep a user's settings in, where Go looks for it and so SOPS: `XDG_CONFIG_HOME` (on macOS
 * too), else `~/.config` or `~/Library/Application Support`. `undefined` when neither it nor a home is set.
 */
export function userConfigFolder({ variables, platform }: KeyLookup): string | undefined {
  const { XDG_CONFIG_HOME: xdg = "", HOME: home = "", APPDATA: roaming = "" } = variables;
  if (platform === "win32") return roaming === "" ? undefined : roaming;
  // Go refuses a relative one.
  if (xdg !== "") return platform === "darwin" || xdg.startsWith("/") ? xdg : undefined;
  if (home === "") return undefined;
  return platform === "darwin" ? join(home, "Library", "Application Support") : join(home, ".config");
}

/** The file that SOPS, too, reads a user's keys from. */
export function sopsKeyFile(lookup: KeyLookup): string | undefined {
  const folder = userConfigFolder(lookup);
  return folder === undefined ? undefined : join(folder, "sops", "age", "keys.txt");
}

/** The file with the key of one environment of a project: `<user config>/tidegate/keys/<project>/<environment>.txt`. */
export function projectKeyFile(lookup: KeyLookup, project: string, environment: string): string | undefined {
  const folder = userConfigFolder(lookup);
  if (folder === undefined) return undefined;
  return join(folder, "tidegate", "keys", fileName(project), `${fileName(environment)}.txt`);
}

/** A project may be named `@team/app`; no name leads out of the folder. */
function fileName(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(/^\.+/, (dots) => "%2E".repeat(dots.length));
}
