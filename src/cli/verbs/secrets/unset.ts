import { chooseTarget, type Target } from "../../../app/secrets/choose-place.ts";
import { explainNoKey } from "../../../app/secrets/explain-no-key.ts";
import { openFile } from "../../../app/secrets/open-place.ts";
import { markRenewed } from "../../../app/secrets/renewal-file.ts";
import { openSecrets, type SecretsSession, shownPath } from "../../../app/secrets/session.ts";
import { withSecretsLock } from "../../../app/secrets/with-lock.ts";
import { writePlace } from "../../../app/secrets/write-place.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { placeFile } from "../../../secrets/files/layout.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { done, tell } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const unset = defineVerb({
  name: "unset",
  summary: "Take a secret's value out of the file",
  usage: ["secrets unset KEY [--env ENVIRONMENT]"],
  description: "Git still has it in older commits: a value that must no longer work is revoked where it is used.",
  examples: [
    { command: "tidegate secrets unset OLD_TOKEN --env staging", explains: "also a key that is no longer declared" },
  ],
  arguments: [{ name: "KEY", summary: "The key in the file", required: true }],
  options: {
    env: { kind: "text", short: "e", value: "ENVIRONMENT", summary: "Whose value; not for shared secrets" },
  },
  run: async (context, { arguments: [key = ""], options }) => {
    const session = await openSecrets(context);
    if (!session.ok) return reportFailures(context, session.failures);
    const target = chooseTarget(session.value, { key, env: options.env, undeclared: true });
    if (!target.ok) return reportFailures(context, target.failures);
    const removed = await withSecretsLock(session.value, () => remove(session.value, target.value));
    if (!removed.ok) return reportFailures(context, removed.failures);
    const record = { type: "secretUnset", key, environment: target.value.place, file: removed.value };
    const shown = shownPath(session.value, removed.value);
    tell(context, record, [done(context, `${key} of ${target.value.place} is no longer in ${shown}`)]);
    return exitCodes.done;
  },
});

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
  const renewed = markRenewed(session, [{ place, key }]);
  return renewed.ok ? ok(path) : renewed;
}

function notThere(key: string, path: string) {
  const hint = "`tidegate secrets list` shows what there is.";
  return { code: "secret-missing", message: `${path} has no ${key}`, hint } as const;
}
