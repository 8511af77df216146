import type { Failure } from "../errors/failure.ts";
import type { Secret } from "./secret.ts";
import type { SecretSource } from "./source.ts";

/** Where secrets come from. It reads and never keeps, shows or records. */
export interface SecretProvider {
  /**
   * One answer per request, in their order. What cannot be read is an answer; a throw is a bug. No failure contains
   * a value, nor anything that a value may stand in: an answer's body, a program's output.
   */
  read(requests: readonly SecretRequest[]): Promise<readonly SecretReading[]>;
}

/** A secret that is asked for. */
export interface SecretRequest {
  readonly environment: string;
  readonly key: string;
  /** One value for all environments. */
  readonly shared: boolean;
  /** Where the definition says that it comes from; absent: the secrets file, else the environment variable. */
  readonly from?: SecretSource;
}

/** A value and where it was found. */
export interface SecretFound {
  /** As text; a structured value as JSON. */
  readonly secret: Secret;
  /** The map or list, as the schema gets it; a function, so that printing a reading does not show it. Absent for a text. */
  readonly structure?: () => SecretStructure;
  /** Absent: a provider that cannot tell. */
  readonly origin?: SecretOrigin;
}

/** Data as JSON has it. Whole numbers that a JavaScript number cannot hold are texts. */
export type SecretData = string | number | boolean | null | SecretStructure;
/** A list or a map of data. */
export type SecretStructure = readonly SecretData[] | { readonly [key: string]: SecretData };

/** What a provider answers for one request. */
export type SecretReading =
  | (SecretFound & {
      readonly state: "found";
      /** Other places that have a value for it and did not win, the higher ones first. */
      readonly overridden?: readonly SecretFound[];
    })
  /** `hint`: how to give it a value. */
  | { readonly state: "missing"; readonly hint: string }
  | { readonly state: "unreadable"; readonly failure: Failure; readonly origin?: SecretOrigin };

/** A place where a secret can stand. Says nothing of the value. */
export type SecretOrigin =
  /** `path`: absolute. */
  | { readonly kind: "file"; readonly path: string; readonly line?: number }
  | { readonly kind: "variable"; readonly name: string }
  /** The words of the command, placeholders filled in. */
  | { readonly kind: "command"; readonly run: readonly string[] }
  | { readonly kind: "vault"; readonly address: string; readonly path: string; readonly field: string };
