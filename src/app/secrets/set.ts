import { isSamePlain } from "@tidegate/sops";
import { failed, ok, type Result } from "../../errors/result.ts";
import { toPlain } from "../../secrets/files/values.ts";
import type { SecretData } from "../../secrets/provider.ts";
import { judgeValue } from "./judge-value.ts";
import { chooseTarget, type Target, type TargetCall } from "./places/choose-place.ts";
import { explainNoKey } from "./places/explain-no-key.ts";
import { openPlace } from "./places/open-place.ts";
import { markRenewed } from "./places/renewal-file.ts";
import type { SecretsSession } from "./places/session.ts";
import { withSecretsLock } from "./places/with-lock.ts";
import { writePlace } from "./places/write-place.ts";

export interface SetCall extends TargetCall {
  /** Whether the value is given as JSON; otherwise it is the text. */
  readonly isJson: boolean;
  /** Asks somebody for the value, who is told what it is. Not asked before it is known that it can be set. */
  readonly ask: (what: string) => Promise<Result<string>>;
}

/** Gives a secret a value. */
export async function setSecret(session: SecretsSession, call: SetCall): Promise<Result<SetOutcome>> {
  const target = chooseTarget(session, call);
  if (!target.ok) return target;
  const value = await askValue(target.value, call);
  return value.ok ? setValue(session, target.value, value.value) : value;
}

async function askValue({ key, place }: Target, { ask, isJson }: SetCall): Promise<Result<SecretData>> {
  const text = await ask(`${key} of ${place}`);
  if (!text.ok || !isJson) return text;
  try {
    return ok(JSON.parse(text.value) as SecretData);
  } catch {
    // The parser's message quotes the value.
    return failed({ code: "secret-invalid", message: `The value of ${key} is not JSON` });
  }
}

export interface SetOutcome {
  readonly place: string;
  readonly path: string;
  readonly change: "added" | "changed" | "same";
  /** Who could read the value before. */
  readonly renewed: readonly string[];
}

async function setValue(session: SecretsSession, target: Target, value: SecretData): Promise<Result<SetOutcome>> {
  const { key, place } = target;
  const judged = await judgeValue(session, target, value);
  if (!judged.ok) return judged;
  return withSecretsLock<SetOutcome>(session, async () => {
    const opened = await openPlace(session, place);
    if (!opened.ok) return explainNoKey(opened, "set");
    const { open, path } = opened.value;
    const before = open.get([key]);
    const plain = toPlain(value);
    if (isSamePlain(before, plain)) return ok({ path, place, change: "same", renewed: [] });
    const written = await writePlace(session, opened.value, open.with([{ path: [key], value: plain }]));
    if (!written.ok) return written;
    const renewed = markRenewed(session, [{ place, key }], written.value.counter);
    if (!renewed.ok) return renewed;
    const change = before === undefined ? "added" : "changed";
    return ok({ path, place, change, renewed: renewed.value.map(({ person }) => person) });
  });
}
