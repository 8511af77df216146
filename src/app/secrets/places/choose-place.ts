import type { SecretKey } from "../../../config/declare.ts";
import { previewPlace } from "../../../config/preview-secrets.ts";
import { nearest } from "../../../definition/distance.ts";
import type { Failure } from "../../../errors/failure.ts";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { findEnvironment } from "../../find-environment.ts";
import { hasPreviews, placesOf, type SecretsSession, sharedPlace } from "./session.ts";

/** A secret key and the place of its value. */
export interface Target {
  readonly key: string;
  /** An environment's name, or `shared`. */
  readonly place: string;
  /** Absent: the definition does not have it. */
  readonly declaration?: SecretKey;
}

/** How a call names a value. */
export interface TargetCall {
  readonly key: string;
  readonly env: string | undefined;
  /** Whether a key may be one that the definition does not have. */
  readonly undeclared?: boolean;
}

/** Which value a call means. A shared secret has one place; any other needs an environment, unless there is but one. */
export function chooseTarget(session: SecretsSession, { key, env, undeclared = false }: TargetCall): Result<Target> {
  const equals = key.indexOf("=");
  if (equals !== -1) return failed(valueInCall(key.slice(0, equals)));
  const declaration = session.declared.find((one) => one.key === key);
  if (declaration === undefined && !undeclared) return failed(unknownKey(session, key));
  const place = choosePlace(session, key, env, declaration);
  return place.ok ? ok({ key, place: place.value, ...(declaration && { declaration }) }) : place;
}

/** A value in the call is in the shell's history and in the list of processes; it is not repeated here. */
export function valueInCall(name: string): Failure {
  const message = "A secret's value does not belong on the command line";
  const cause = "It is now in the shell's history, and was in the list of processes: give the secret another value.";
  const hint = `Type it when asked, \`tidegate secrets set ${/^\w+$/.test(name) ? name : "KEY"}\`, or send it to standard input.`;
  return { code: "bad-arguments", message, cause, hint };
}

function choosePlace(
  session: SecretsSession,
  key: string,
  env: string | undefined,
  declaration?: SecretKey,
): Result<string> {
  const isShared = declaration?.shared !== undefined;
  if (env === previewPlace && hasPreviews(session)) return ok(previewPlace);
  if (env === sharedPlace && !Object.hasOwn(session.project.environments, sharedPlace)) {
    if (isShared || declaration === undefined) return ok(sharedPlace);
    return wrong(
      `${key} is not shared`,
      `Declare it so, \`secret(shared(schema, reason))\`, or name an environment: --env ${firstOf(session)}`,
    );
  }
  if (isShared) {
    if (env === undefined) return ok(sharedPlace);
    return wrong(`${key} is shared: it has one value for all environments`, "Leave --env away.");
  }
  return env === undefined ? onlyEnvironment(session, key) : findEnvironment(session, env);
}

function onlyEnvironment(session: SecretsSession, key: string): Result<string> {
  const names = Object.keys(session.project.environments);
  const [only] = names;
  if (names.length === 1) return ok(only!);
  if (only === undefined) return wrong("The definition has no environments", "Add one to `environments`.");
  return wrong(`Whose ${key}? It has a value in each environment`, `Name one of ${names.join(", ")}: --env ${only}`);
}

/** Which files a call means: of the places named, or of all that there can be. */
export function choosePlaces(session: SecretsSession, asked: readonly string[]): Result<string[]> {
  if (asked.length === 0) return ok(placesOf(session));
  const found = asked.map((name) => (isPlace(session, name) ? ok(name) : findEnvironment(session, name)));
  const failures = found.flatMap((one) => (one.ok ? [] : one.failures));
  return failures.length > 0 ? failed(...failures) : ok([...new Set(asked)]);
}

function isPlace(session: SecretsSession, name: string): boolean {
  return name === sharedPlace || (name === previewPlace && hasPreviews(session));
}

function unknownKey(session: SecretsSession, key: string) {
  const meant = nearest(
    key,
    session.declared.map((one) => one.key),
  );
  const isValue = Object.hasOwn(session.project.config, key);
  const message = isValue ? `${key} is not a secret` : `The definition has no secret ${key}`;
  const declare = `Declare it in \`config\`: \`${/^\w+$/.test(key) ? key : "KEY"}: secret(schema)\`.`;
  return {
    code: "config-unknown",
    message,
    hint: meant === undefined || isValue ? declare : `Did you mean "${meant}"?`,
  } as const;
}

function wrong(message: string, hint: string) {
  return failed({ code: "bad-arguments", message, hint });
}

function firstOf({ project }: SecretsSession): string {
  return Object.keys(project.environments)[0] ?? "ENVIRONMENT";
}
