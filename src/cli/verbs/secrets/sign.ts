import { openSecrets, type SecretsSession, shownPath } from "../../../app/secrets/places/session.ts";
import { type SignedFile, signSecrets } from "../../../app/secrets/sign.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { type Context, portsOf } from "../../context.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { done, tell } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const sign = defineVerb({
  name: "sign",
  summary: "Sign secrets files that were reviewed, after an edit with sops for example",
  usage: ["secrets sign [environment or file…]"],
  description:
    "If the project has a signers file, a secrets file that none of its people signed as it is now is refused: SOPS itself\n" +
    "does not notice a renamed key, a changed type or a file that was replaced as a whole. This shows what has changed\n" +
    "since the last signature, verifies the file and signs it: review `git diff` first.",
  examples: [
    { command: "tidegate secrets sign", explains: "every file whose signature is not valid" },
    { command: "tidegate secrets sign secrets/production.yaml", explains: "one of them" },
  ],
  arguments: [{ name: "environment or file", summary: "Default: all", many: true }],
  options: {},
  run: async (context, { arguments: asked }) => {
    const session = await openSecrets(portsOf(context));
    if (!session.ok) return reportFailures(context, session.failures);
    const signed = await signSecrets(session.value, asked);
    if (!signed.ok) return reportFailures(context, signed.failures);
    tell(context, { type: "secretsSigned", files: signed.value }, linesOf(context, session.value, signed.value));
    return exitCodes.done;
  },
});

function linesOf(context: Context, session: SecretsSession, files: readonly SignedFile[]): string[] {
  return files.flatMap(({ path, changes }) => {
    const shown = shownPath(session, path);
    if (changes.length === 0) return [`${shown} is as it was signed`];
    return [done(context, `${shown} is signed. Before:`), ...changes.map((change) => `    ${change}`)];
  });
}
