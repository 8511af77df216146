import { replayAnalysis } from "../../app/explain/replay-analysis.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Context } from "../context.ts";
import { replayLines, replayRecords } from "../render/lines/replay-lines.ts";
import { palette } from "../render/palette.ts";
import { widthOf } from "../render/table.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

const replay = defineVerb({
  name: "replay",
  summary: "Derive every verdict of a deployment again, and compare it with what was recorded",
  usage: ["analysis replay <deployment>"],
  description:
    "The journal of a canary has everything that was counted. From that alone its verdicts are derived again, and held\n" +
    "against what was recorded while it went on, bit for bit. Exit code 1 when anything recorded does not follow.",
  examples: [
    { command: "tidegate analysis replay 7", explains: "each share with its numbers, evidence and verdict" },
    { command: "tidegate analysis replay 7 --json", explains: "with every look at the requests, for a script" },
  ],
  arguments: [{ name: "deployment", summary: "Its number (see tidegate history)", required: true }],
  options: {},
  run: async (context, { arguments: [word = ""] }) =>
    withSession(context, "look", async (session) => {
      const deployment = numberOf(word);
      if (!deployment.ok) return deployment;
      const replayed = await replayAnalysis(session, { deployment: deployment.value });
      if (!replayed.ok) return replayed;
      show(context, replayed.value);
      return replayed.value.isSame ? ok(undefined) : failed(differs(deployment.value));
    }),
});

export const analysis = defineVerb({
  name: "analysis",
  summary: "Derive the verdicts on a past canary again, from what was counted",
  usage: ["analysis replay <deployment>"],
  examples: [{ command: "tidegate analysis replay 7", explains: "is what was recorded what follows?" }],
  options: {},
  verbs: [replay],
});

function show({ json, stdout }: Context, replayed: Parameters<typeof replayLines>[0]): void {
  const lines = json
    ? replayRecords(replayed).map((record) => JSON.stringify(record))
    : replayLines(replayed, palette(stdout.color), widthOf(stdout));
  stdout.write(`${lines.join("\n")}\n`);
}

function numberOf(word: string): Result<number> {
  const number = /^#?(\d{1,15})$/.exec(word)?.[1];
  if (number !== undefined) return ok(Number(number));
  return failed({
    code: "bad-arguments",
    message: `"${word}" is not the number of a deployment`,
    hint: "See: tidegate history",
  });
}

function differs(deployment: number) {
  return {
    code: "verdict-differs",
    message: `What was recorded of deployment ${deployment} does not follow from its journal`,
    cause: "The journal or the record was changed, or another version of Tidegate judged it by other rules.",
    hint: `See the numbers: tidegate analysis replay ${deployment} --json`,
  } as const;
}
