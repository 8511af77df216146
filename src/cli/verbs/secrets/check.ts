import { checkSecrets } from "../../../app/secrets/check-places.ts";
import { openSecrets } from "../../../app/secrets/places/session.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { count } from "../../../errors/quantities.ts";
import { portsOf } from "../../context.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { done, tell, warning } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const check = defineVerb({
  name: "check",
  summary: "Check the secrets files without any key",
  usage: ["secrets check [environment…]"],
  description:
    "Who can read each file against .sops.yaml, signatures against the signers file, secrets that stand in clear, secrets\n" +
    "without a value, keys that are not declared, and what has to be renewed because somebody could read it.",
  examples: [
    { command: "tidegate secrets check", explains: "in every pull request: it needs no key" },
    { command: "tidegate secrets check production", explains: "one environment" },
  ],
  arguments: [{ name: "environment", summary: "Which, or shared; default: all", many: true }],
  options: {},
  run: async (context, { arguments: asked }) => {
    const session = await openSecrets(portsOf(context));
    const checked = session.ok ? await checkSecrets(session.value, asked) : session;
    if (!checked.ok) return reportFailures(context, checked.failures);
    const { failures, notices, files, open } = checked.value;
    const record = { type: "secretsChecked", files, problems: failures.length, notices, renewals: open };
    const good = done(context, `${count(files.length, "secrets file")}, no problems`);
    tell(context, record, [
      ...notices.map((notice) => warning(context, notice)),
      ...(failures.length === 0 ? [good] : []),
    ]);
    return failures.length === 0 ? exitCodes.done : reportFailures(context, failures);
  },
});
