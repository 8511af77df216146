import { acknowledge as acknowledgeOverride } from "../../app/deploy/acknowledge.ts";
import { ok } from "../../errors/result.ts";
import { failNumber, numberOf } from "../deployment-number.ts";
import { note } from "../render/tell.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

export const acknowledge = defineVerb({
  name: "acknowledge",
  summary: "Say that the gates overridden for a deployment have been looked into",
  usage: ["acknowledge <deployment> [options]"],
  description: "Until then, status shows that they were overridden. Who acknowledged it, and when, is in the history.",
  examples: [{ command: 'tidegate acknowledge 7 --reason "fix reviewed"', explains: "for deployment 7" }],
  arguments: [{ name: "deployment", summary: "Its number", required: true }],
  options: { reason: { kind: "text", value: "TEXT", summary: "What came of it; it is written down" } },
  run: async (context, { arguments: [word = ""], options: { reason } }) => {
    const deployment = numberOf(word);
    if (deployment === undefined) return failNumber(context, word, "acknowledge");
    return withSession(context, "make", async (session) => {
      const done = await acknowledgeOverride(session, { deployment, reason });
      if (!done.ok) return done;
      note(context, `What was overridden for deployment ${deployment} is acknowledged.`);
      return ok(undefined);
    });
  },
});
