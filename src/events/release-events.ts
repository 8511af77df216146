/** What happens to releases, and to the secrets that no release may contain. */
export type ReleaseEvent =
  | { type: "releasePacked"; release: string; files: number; bytes: number; isNew: boolean; leftOut?: LeftOut }
  /** How far it is; only told of one that takes longer than a second. */
  | { type: "releasePacking"; files: number; bytes: number; ofFiles: number; ofBytes: number }
  /** It may not be deployed any more, anywhere. */
  | { type: "releaseRefused"; release: string; reason: string }
  /** It may be deployed again. */
  | { type: "releaseCleared"; release: string }
  /**
   * The secrets file of an environment (or of `shared`) was written. `keys`: whose values are other ones now; [] when only
   * who may read it is.
   */
  | { type: "secretsChanged"; place: string; keys: readonly string[] }
  /** The values of so many secrets are in none of the files. `unchecked`: secrets whose values could not be read here. */
  | { type: "releaseScanned"; files: number; bytes: number; secrets: number; unchecked: readonly UncheckedSecret[] };

/** What `files` of the services mean, and no release has. */
export interface LeftOut {
  /** Of packages that only the development needs. */
  readonly development?: { readonly files: number; readonly bytes: number };
  /** Files that belong to this machine: git ignores them, and no task writes them. */
  readonly ignored?: readonly string[];
  /** Why installed packages were not told apart, and all are in the release. */
  readonly doubts?: readonly string[];
}

export interface UncheckedSecret {
  readonly environment: string;
  readonly key: string;
  /** `trivial`: the value is one that cannot be a secret. */
  readonly because: "missing" | "unreadable" | "trivial";
}
