import type { Failure } from "../errors/failure.ts";
import type { Secret } from "./secret.ts";

/** Where secrets come from. It reads and never keeps, shows or records. */
export interface SecretProvider {
  /** One answer per request, in their order. What cannot be read is an answer; a throw is a bug. */
  read(requests: readonly SecretRequest[]): Promise<readonly SecretReading[]>;
}

export interface SecretRequest {
  readonly environment: string;
  readonly key: string;
  /** One value for all environments. */
  readonly shared: boolean;
}

export type SecretReading =
  | { readonly state: "found"; readonly secret: Secret }
  /** `hint`: how to give it a value. */
  | { readonly state: "missing"; readonly hint: string }
  | { readonly state: "unreadable"; readonly failure: Failure };
