import { realpathSync } from "node:fs";
import { type Autostart, autostart as writeUnit } from "../../app/environments/autostart.ts";
import { failed, ok } from "../../errors/result.ts";
import { done, tell } from "../render/tell.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

const words: Readonly<Record<Autostart["did"], string>> = {
  written: "was written",
  unchanged: "is as it should be",
  removed: "was removed",
  notThere: "is not there",
};

export const autostart = defineVerb({
  name: "autostart",
  summary: "Write a systemd unit that brings environments back when the machine starts",
  usage: ["env autostart [--system] [--remove]"],
  description:
    "Enables and starts nothing: it prints the commands that do. The unit runs `env start --all --after-restart`.",
  examples: [
    { command: "tidegate env autostart", explains: "a user unit" },
    { command: "tidegate env autostart --system", explains: "a system unit, running as the user who calls this: root" },
  ],
  options: {
    system: { kind: "flag", summary: "A system unit, in /etc/systemd/system" },
    remove: { kind: "flag", summary: "Remove the unit" },
  },
  run: (context, { options }) =>
    withSession(context, "look", async (session) => {
      const file = process.argv[1];
      if (file === undefined) return failed({ code: "internal", message: "The program does not know its own file" });
      const written = await writeUnit(session, { ...options, program: [process.execPath, realpathSync(file)] });
      if (!written.ok) return written;
      const { unit, did, next } = written.value;
      tell(context, written.value, [
        done(context, `${unit} ${words[did]}`),
        ...(next.length === 0 ? [] : ["To go on, run:", ...next.map((command) => `  ${command}`)]),
      ]);
      return ok(undefined);
    }),
});
