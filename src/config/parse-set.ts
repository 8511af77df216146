import { nearest } from "../definition/distance.ts";
import type { Project } from "../definition/types.ts";
import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { type Declaration, declarationsOf } from "./declare.ts";
import type { SetValues } from "./resolve.ts";

/**
 * What `--set KEY=VALUE` says, by key. Whether values fit their schemas is seen when they are resolved. Secrets are
 * refused: every process of the machine can read a command line.
 */
export function parseSet(project: Project, texts: readonly string[]): Result<SetValues> {
  const byKey = new Map(declarationsOf(project).map((declaration) => [declaration.key, declaration]));
  const values = new Map<string, string>();
  const failures = texts.flatMap((text) => {
    const [, key, value] = /^([^=\s]+)=([\s\S]*)$/.exec(text) ?? [];
    if (key === undefined || value === undefined) return [noPair];
    const failure = keyFailure(key, byKey) ?? (values.has(key) ? setTwice(key) : undefined);
    values.set(key, value);
    return failure === undefined ? [] : [failure];
  });
  return failures.length === 0 ? ok(values) : failed(...failures);
}

function keyFailure(key: string, declarations: ReadonlyMap<string, Declaration>): Failure | undefined {
  const declaration = declarations.get(key);
  if (declaration?.kind === "secret") return secretInCall(key);
  if (declaration?.kind === "differs" && declaration.isAddress) return addressInCall(key);
  if (declaration !== undefined) return undefined;
  const known = [...declarations.values()].filter(({ kind }) => kind !== "secret").map((one) => one.key);
  const meant = nearest(key, known);
  return {
    code: "config-unknown",
    message: `--set ${JSON.stringify(key)}: the definition declares no such config key`,
    hint: meant === undefined ? "List them: tidegate config show" : `Did you mean "${meant}"?`,
  };
}

/** Nothing of the text is told: it could be a secret that was meant for something else. */
const noPair: Failure = {
  code: "bad-arguments",
  message: "--set takes a config key and its value",
  hint: "Write: --set KEY=VALUE",
};

function setTwice(key: string): Failure {
  return { code: "bad-arguments", message: `--set gives ${key} two values`, hint: "Set it once." };
}

function addressInCall(key: string): Failure {
  return {
    code: "bad-arguments",
    message: `${key} is the environment's address and cannot be set by hand`,
    hint: "Change where it answers: `driver: local({ url: … })`.",
  };
}

function secretInCall(key: string): Failure {
  return {
    code: "bad-arguments",
    message: `${key} is a secret and cannot be set on the command line`,
    cause: "Every process on this machine can read it there, and shells keep a history. Change the value.",
    hint: `Write it to its file: tidegate secrets set ${key} --env ENVIRONMENT, which reads the value from standard input.`,
  };
}
