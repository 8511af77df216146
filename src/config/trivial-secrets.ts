import type { Problem } from "../definition/problem.ts";
import { refusal } from "../secrets/redaction/refusal.ts";
import type { SecretsByEnvironment } from "./resolve.ts";

/** Values that cannot be secrets: they could be guessed, and hiding them would hide half of every log. */
export function trivialSecrets(secrets: SecretsByEnvironment): Problem[] {
  return [...secrets].flatMap(([environment, readings]) =>
    [...readings].flatMap(([key, reading]) => {
      const trivial = reading.state === "found" ? refusal(reading.secret.reveal()) : undefined;
      return trivial === undefined ? [] : [tooTrivial(key, environment, trivial.because)];
    }),
  );
}

function tooTrivial(key: string, environment: string, because: string): Problem {
  const message = `The secret ${key} of environment "${environment}" cannot be one: ${because}`;
  const hint = "Give it a value that nobody guesses; what is no secret stands in the config as it is.";
  return { code: "secret-invalid", path: ["config", key], message, hint };
}
