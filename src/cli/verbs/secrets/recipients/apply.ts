import { applyPolicy } from "../../../../app/secrets/people/apply-policy.ts";
import { openSecrets, shownPath } from "../../../../app/secrets/places/session.ts";
import { exitCodes } from "../../../../errors/exit-code.ts";
import { portsOf } from "../../../context.ts";
import { tellNotices } from "../../../render/progress-line.ts";
import { reportFailures } from "../../../render/report-failures.ts";
import { done, note, tell, warning } from "../../../render/tell.ts";
import { defineVerb } from "../../../verb.ts";

export const apply = defineVerb({
  name: "apply",
  summary: "Bring the files in line with .sops.yaml after editing it",
  usage: ["secrets recipients apply [environment…]"],
  description:
    "If somebody is no longer named, the file gets a new data key, and what they could read is noted for renewal.",
  examples: [{ command: "tidegate secrets recipients apply", explains: "like `sops updatekeys`, for every file" }],
  arguments: [{ name: "environment", summary: "Which environment, or shared; default: all", many: true }],
  options: {},
  run: async (context, { arguments: asked }) => {
    const opened = await openSecrets(portsOf(context), tellNotices(context));
    if (!opened.ok) return reportFailures(context, opened.failures);
    const session = opened.value;
    const applied = await applyPolicy(session, asked);
    if (!applied.ok) return reportFailures(context, applied.failures);
    const changed = applied.value.filter((one) => one.added + one.removed > 0);
    const lines = changed.map(({ path, added, removed }) =>
      done(context, `${shownPath(session, path)}: ${added} more, ${removed} fewer`),
    );
    tell(
      context,
      { type: "recipientsApplied", files: applied.value },
      lines.length === 0 ? ["Every file matches .sops.yaml."] : lines,
    );
    if (changed.some(({ removed }) => removed > 0))
      note(context, warning(context, "What they could read has to be renewed: `tidegate secrets check` shows it."));
    return exitCodes.done;
  },
});
