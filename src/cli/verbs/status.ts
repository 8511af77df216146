import { isWell, status as lookAround } from "../../app/environments/status.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import { exitOf } from "../../errors/exit-of.ts";
import { failed, ok } from "../../errors/result.ts";
import { statusLines } from "../render/lines/status-lines.ts";
import { palette } from "../render/palette.ts";
import { widthOf } from "../render/table.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

export const status = defineVerb({
  name: "status",
  summary: "Show what is running where, as it really is",
  usage: ["status [environment]"],
  description:
    "Checks the processes, their health and the gateway's routes; nothing is reported from memory alone. Exit code 1\n" +
    "if something is not as it should be; 4 if the records are not understood.",
  examples: [
    { command: "tidegate status", explains: "all environments" },
    { command: "tidegate status production --json", explains: "one of them, for a script" },
  ],
  arguments: [{ name: "environment", summary: "Only this environment" }],
  options: {},
  run: (context, { arguments: [environment] }) =>
    withSession(context, "look", async (session) => {
      const observed = await lookAround(session, { environment });
      if (!observed.ok) return observed;
      const { stdout, json, now } = context;
      const view = { now: now(), width: widthOf(stdout), colors: palette(stdout.color) };
      if (json) for (const one of observed.value) stdout.write(`${JSON.stringify(one)}\n`);
      else stdout.write(`${statusLines(observed.value, view).join("\n")}\n`);
      if (session.isInCheckout && !context.json)
        context.stderr.write(
          `The state is still in the checkout: ${session.stateFolder}. It is on a different file system from the states, and is moved\n` +
            "once nothing runs: tidegate env stop --all, then tidegate env start --all\n",
        );
      if (session.outdated !== undefined) return failed(session.outdated);
      const unreadable = observed.value.flatMap((one) => one.unreadable ?? []);
      if (unreadable.length > 0) return ok(exitOf(unreadable));
      return ok(observed.value.every(isWell) ? exitCodes.done : exitCodes.failed);
    }),
});
