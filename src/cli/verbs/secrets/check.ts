import { checkSecrets, type SecretsCheck } from "../../../app/secrets/check-places.ts";
import { checkUnloaded, type UnloadedCheck } from "../../../app/secrets/check-unloaded.ts";
import { openSecrets } from "../../../app/secrets/places/session.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { count } from "../../../errors/quantities.ts";
import { type Context, portsOf } from "../../context.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { done, tell, warning } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const check = defineVerb({
  name: "check",
  summary: "Check the secrets files without any key",
  usage: ["secrets check [environment…]", "secrets check --no-load"],
  description:
    "Compares who can read each file with .sops.yaml, and signatures with the signers file; finds secrets in plain text,\n" +
    "secrets without a value, undeclared keys, and what has to be renewed because somebody could read it.",
  examples: [
    { command: "tidegate secrets check", explains: "in every pull request: it needs no key" },
    { command: "tidegate secrets check production", explains: "one environment" },
    { command: "tidegate secrets check --no-load", explains: "where a stranger's definition must not run" },
  ],
  arguments: [{ name: "environment", summary: "Which environment, or shared; default: all", many: true }],
  options: {
    "no-load": { kind: "flag", summary: "Run nothing of the project: check every file, without the definition" },
  },
  run: async (context, { arguments: asked, options }) => {
    if (options["no-load"]) return checkWithoutDefinition(context, asked);
    const session = await openSecrets(portsOf(context));
    const checked = session.ok ? await checkSecrets(session.value, asked) : session;
    return checked.ok ? report(context, checked.value) : reportFailures(context, checked.failures);
  },
});

async function checkWithoutDefinition(context: Context, asked: readonly string[]) {
  if (asked.length === 0) return report(context, await checkUnloaded(portsOf(context)));
  const message = "Without the definition, nothing says which file is an environment's";
  const hint = "Check all of them: `tidegate secrets check --no-load`.";
  return reportFailures(context, [{ code: "bad-arguments", message, hint }]);
}

function report(context: Context, checked: SecretsCheck & Partial<Pick<UnloadedCheck, "leftOut">>) {
  const { failures, notices, files, open, leftOut } = checked;
  const problems = failures.length;
  const record = { type: "secretsChecked", files, problems, notices, renewals: open, ...(leftOut && { leftOut }) };
  const good = done(context, `${count(files.length, "secrets file")}, no problems`);
  tell(context, record, [
    ...notices.map((notice) => warning(context, notice)),
    ...(leftOut === undefined
      ? []
      : [warning(context, `Not checked, because the definition was not loaded: ${leftOut.join("; ")}`)]),
    ...(problems === 0 ? [good] : []),
  ]);
  return problems === 0 ? exitCodes.done : reportFailures(context, failures);
}
