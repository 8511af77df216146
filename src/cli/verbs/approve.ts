import { answer, proposal } from "../../app/deploy/approve.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { ask, mayAsk } from "../ask/ask.ts";
import type { Context } from "../context.ts";
import { failNumber, numberOf } from "../deployment-number.ts";
import { proposalLines } from "../render/lines/proposal-lines.ts";
import { reportFailures } from "../render/report-failures.ts";
import { note } from "../render/tell.ts";
import { withRenderer } from "../render/with-renderer.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

export const approve = defineVerb({
  name: "approve",
  summary: "Look at a deployment that waits for approval, and approve or reject it",
  usage: ["approve <deployment> [options]"],
  description:
    "Shows what would be deployed and asks. When enough people have agreed the deployment begins, and the rest of the ship goes\n" +
    "on. What is approved is exactly what is shown: if it moves in the meantime, the approval lapses.",
  examples: [
    { command: "tidegate approve 7", explains: "looks at it and asks" },
    { command: "tidegate approve 7 --reject --reason 'not today'", explains: "nothing is deployed" },
  ],
  arguments: [{ name: "deployment", summary: "Its number; status shows it", required: true }],
  options: {
    yes: { kind: "flag", summary: "Do not ask" },
    reject: { kind: "flag", summary: "Say no" },
    reason: { kind: "text", value: "TEXT", summary: "With --reject: why; it is written down" },
  },
  run: async (context, { arguments: [word = ""], options: { yes, reject, reason } }) => {
    const deployment = numberOf(word);
    if (deployment === undefined) return failNumber(context, word, "approve");
    if (reject && (reason === undefined || reason.trim() === "")) {
      const hint = `tidegate approve ${deployment} --reject --reason "not today"`;
      return reportFailures(context, [{ code: "bad-arguments", message: "Rejecting takes a reason", hint }]);
    }
    return withSession(context, "make", async (session) => {
      const shown = await proposal(session, deployment);
      if (!shown.ok) return shown;
      if (context.json) context.stdout.write(`${JSON.stringify({ type: "proposal", ...shown.value })}\n`);
      else note(context, proposalLines(shown.value).join("\n"));
      const sure = yes || reject ? ok(true) : await confirm(context, deployment);
      if (!sure.ok || !sure.value) return sure.ok ? ok(130) : sure;
      const request = { verdict: reject ? "reject" : "approve", reason } as const;
      const answered = await withRenderer(context, (say) => answer(session, shown.value, request, say));
      if (!answered.ok) return answered;
      const [next] = answered.value.left;
      if (next !== undefined)
        note(
          context,
          `The definition here is not the one it was shipped with. To go on: tidegate deploy ${next} --release ${shown.value.release.slice(7, 15)}`,
        );
      return ok(undefined);
    });
  },
});

async function confirm(context: Context, deployment: number): Promise<Result<boolean>> {
  if (mayAsk(context)) return ok((await ask(context, "Approve this?", "no")) === true);
  const hint = `If you mean it: tidegate approve ${deployment} --yes`;
  return failed({
    code: "bad-arguments",
    message: "An approval has to be confirmed, and nobody can be asked here",
    hint,
  });
}
