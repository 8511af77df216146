import { shortDigest } from "../errors/quantities.ts";

/** What has to be known of an environment to say how it comes back. */
interface Down {
  readonly name: string;
  /** Sealed secrets of what was deployed cannot be read any more: the machine was restarted. */
  readonly secretsLost?: true;
  readonly release?: string;
}

/** The one command that lets run again what was deployed. With lost secrets that is a deployment of the same release. */
export function bringBackCommand({ name, secretsLost, release }: Down): string {
  if (secretsLost === undefined) return `tidegate env start ${name}`;
  return `tidegate deploy ${name}${release === undefined ? "" : ` --release ${shortDigest(release)}`}`;
}
