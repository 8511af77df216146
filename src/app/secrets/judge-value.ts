import { resolveSecret } from "../../config/resolve-secret.ts";
import { isProblems } from "../../config/resolved.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { SecretData } from "../../secrets/provider.ts";
import { readingOf } from "../../secrets/providers/reading-of.ts";
import { refusal } from "../../secrets/redaction/refusal.ts";
import type { Target } from "./places/choose-place.ts";
import type { SecretsSession } from "./places/session.ts";

/** Whether a value can be the secret's: it fits the schema, and is none that cannot be hidden. */
export async function judgeValue(
  session: SecretsSession,
  { key, place, declaration }: Target,
  value: SecretData,
): Promise<Result<void>> {
  const reading = readingOf(value, { kind: "file", path: "" });
  if (reading?.state !== "found")
    return failed({
      code: "secret-invalid",
      message: `The value of ${key} is empty`,
      hint: `To remove it: \`tidegate secrets unset ${key}\`.`,
    });
  const trivial = refusal(reading.secret.reveal());
  if (trivial !== undefined) {
    const message = `${key} cannot have this value: ${trivial.because}`;
    const hint =
      "A value like that would have to be hidden wherever it appears. If it is not a secret, declare it as config.";
    return failed({ code: "secret-invalid", message, hint });
  }
  if (declaration === undefined) return ok();
  if (declaration.from !== undefined) {
    const message = `${key} does not come from the secrets file: the definition says \`from: ${declaration.from.source}(…)\``;
    return failed({ code: "bad-arguments", message, hint: "Change it there, or remove `from`." });
  }
  const outcome = await resolveSecret(declaration, place, reading);
  return isProblems(outcome) ? failed(...(await session.locate(outcome))) : ok();
}
