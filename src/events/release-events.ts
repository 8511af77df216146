/** What happens to releases, and to the secrets that no release may contain. */
export type ReleaseEvent =
  | { type: "releasePacked"; release: string; files: number; bytes: number; isNew: boolean }
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

export interface UncheckedSecret {
  readonly environment: string;
  readonly key: string;
  /** `trivial`: the value is one that cannot be a secret. */
  readonly because: "missing" | "unreadable" | "trivial";
}
