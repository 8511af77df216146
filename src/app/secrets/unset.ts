import { failed, ok, type Result } from "../../errors/result.ts";
import { placeFile } from "../../secrets/files/layout.ts";
import { chooseTarget, type Target, type TargetCall } from "./places/choose-place.ts";
import { explainNoKey } from "./places/explain-no-key.ts";
import { openFile } from "./places/open-place.ts";
import { markRenewed } from "./places/renewal-file.ts";
import { type SecretsSession, shownPath } from "./places/session.ts";
import { withSecretsLock } from "./places/with-lock.ts";
import { writePlace } from "./places/write-place.ts";

/** Takes a secret's value out of its file. */
export async function unsetSecret(
  session: SecretsSession,
  call: Omit<TargetCall, "undeclared">,
): Promise<Result<{ readonly place: string; readonly path: string }>> {
  const target = chooseTarget(session, { ...call, undeclared: true });
  if (!target.ok) return target;
  const removed = await withSecretsLock(session, () => remove(session, target.value));
  return removed.ok ? ok({ place: target.value.place, path: removed.value }) : removed;
}

async function remove(session: SecretsSession, { key, place }: Target): Promise<Result<string>> {
  const found = placeFile(session.layout, place);
  if (!found.ok) return found;
  const { path, exists } = found.value;
  if (!exists) return failed(notThere(key, shownPath(session, path)));
  const opened = await openFile(session, { place: place, path: path });
  if (!opened.ok) return explainNoKey(opened, "remove");
  const { open } = opened.value;
  if (open.get([key]) === undefined) return failed(notThere(key, shownPath(session, path)));
  const written = await writePlace(session, opened.value, open.with([{ path: [key], remove: true }]));
  if (!written.ok) return written;
  const renewed = markRenewed(session, [{ place, key }], written.value.counter);
  return renewed.ok ? ok(path) : renewed;
}

function notThere(key: string, path: string) {
  const hint = "`tidegate secrets list` shows what there is.";
  return { code: "secret-missing", message: `${path} has no ${key}`, hint } as const;
}
