import type { SecretRequest } from "../provider.ts";

/** What stands for `{environment}`: a shared secret belongs to no single one. */
export function placeOf({ environment, shared }: Pick<SecretRequest, "environment" | "shared">): string {
  return shared ? "shared" : environment;
}

/** A text of the definition with its placeholders filled in; other braces stay. */
export function fillIn(text: string, request: SecretRequest): string {
  return replaced(text, placeOf(request), request.key);
}

/** The same for the name of an environment variable: `eu-west` becomes `EU_WEST`. */
export function fillInName(text: string, request: SecretRequest): string {
  return replaced(text, capitals(placeOf(request)), request.key);
}

/** An environment's name as a part of a variable's name. */
export function capitals(environment: string): string {
  return environment.toUpperCase().replaceAll("-", "_");
}

/** In one pass: what is filled in is never looked at again. */
function replaced(text: string, environment: string, key: string): string {
  return text.replaceAll(/\{(environment|key)\}/g, (_, name) => (name === "key" ? key : environment));
}
