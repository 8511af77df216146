import { join } from "node:path";
import { isRecord } from "../../files/is-record.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";

/** What a package's package.json says of the packages that it loads when it runs. */
export interface PackageFile {
  /** Packages without which it does not run. */
  readonly dependencies: readonly string[];
  /** Packages that it loads where they are installed: optional ones, and what it expects of whoever uses it. */
  readonly others: readonly string[];
  /** Packages that only its development needs. */
  readonly development: readonly string[];
  /** Commands by their names. */
  readonly scripts: ReadonlyMap<string, string>;
  /** Names of its programs. */
  readonly programs: readonly string[];
  /** Whether it brings packages along, in a `node_modules` of its own. */
  readonly isBundle: boolean;
}

/** A folder's package.json; `undefined` when there is none, or none that can be understood. */
export function readPackageFile(folder: string): PackageFile | undefined {
  const json = parse(readTextIfThere(join(folder, "package.json"), { forgive: "everything" }));
  if (json === undefined) return undefined;
  const meta = isRecord(json.peerDependenciesMeta) ? json.peerDependenciesMeta : {};
  const isOptional = (peer: string) => isRecord(meta[peer]) && meta[peer].optional === true;
  const optional = namesIn(json.optionalDependencies);
  const bundled = json.bundleDependencies ?? json.bundledDependencies;
  return {
    // npm writes optional dependencies down in both places.
    dependencies: namesIn(json.dependencies).filter((name) => !optional.includes(name)),
    others: [...optional, ...namesIn(json.peerDependencies).filter((peer) => !isOptional(peer))],
    development: namesIn(json.devDependencies),
    scripts: new Map(
      Object.entries(isRecord(json.scripts) ? json.scripts : {}).filter(
        (script): script is [string, string] => typeof script[1] === "string",
      ),
    ),
    programs: programsOf(json),
    isBundle: bundled === true || (Array.isArray(bundled) && bundled.length > 0),
  };
}

/** A name that would lead elsewhere is none. */
function namesIn(value: unknown): string[] {
  return Object.keys(isRecord(value) ? value : {}).filter((name) => /^(@[^/.][^/]*\/)?[^/.@][^/]*$/.test(name));
}

function programsOf({ bin, name }: Readonly<Record<string, unknown>>): string[] {
  if (isRecord(bin)) return Object.keys(bin);
  return typeof bin === "string" && typeof name === "string" ? [name.slice(name.lastIndexOf("/") + 1)] : [];
}

function parse(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const json: unknown = JSON.parse(text?.replace(/^\uFEFF/, "") ?? "");
    return isRecord(json) ? json : undefined;
  } catch {
    return undefined;
  }
}
