import { openSecrets, shownPath } from "../../../app/secrets/places/session.ts";
import { rotateSecrets } from "../../../app/secrets/rotate.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { count } from "../../../errors/quantities.ts";
import { portsOf } from "../../context.ts";
import { tellNotices } from "../../render/progress-line.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { done, note, tell } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const rotate = defineVerb({
  name: "rotate",
  summary: "Give the files a new data key, so that the old one cannot open anything written from now on",
  usage: ["secrets rotate [environment…]"],
  description:
    "Everything is encrypted again for the same recipients. The values stay: whoever could read them still knows them, and\n" +
    "git keeps the old files. `recipients remove` rotates automatically.",
  examples: [
    { command: "tidegate secrets rotate", explains: "every secrets file" },
    { command: "tidegate secrets rotate production", explains: "one of them" },
  ],
  arguments: [{ name: "environment", summary: "Whose file, or shared; default: all", many: true }],
  options: {},
  run: async (context, { arguments: asked }) => {
    const session = await openSecrets(portsOf(context), tellNotices(context));
    if (!session.ok) return reportFailures(context, session.failures);
    const rotated = await rotateSecrets(session.value, asked);
    if (!rotated.ok) return reportFailures(context, rotated.failures);
    const files = rotated.value;
    const lines = files.map((path) => done(context, `${shownPath(session.value, path)} has a new data key`));
    tell(context, { type: "secretsRotated", files }, lines);
    note(context, files.length === 0 ? "There is no secrets file." : `${count(files.length, "file")} to commit`);
    return exitCodes.done;
  },
});
