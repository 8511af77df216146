import { type Editor, editSecrets } from "../../../app/secrets/edit.ts";
import { openSecrets, shownPath } from "../../../app/secrets/places/session.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { ok, type Result } from "../../../errors/result.ts";
import { privateFile } from "../../ask/private-file.ts";
import { runEditor, waitForEnter } from "../../ask/run-editor.ts";
import { type Context, portsOf } from "../../context.ts";
import { renderFailures } from "../../render/failure.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { done, note, tell, warning } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const edit = defineVerb({
  name: "edit",
  summary: "Open an environment's secrets in your editor",
  usage: ["secrets edit ENVIRONMENT"],
  description:
    "Opens $VISUAL or $EDITOR on a private copy in memory, which is wiped afterwards. If the result cannot be read, or\n" +
    "does not fit its schema, you are told why and the editor opens again. Nothing is written if nothing changed.",
  examples: [
    { command: "tidegate secrets edit production", explains: "its file, or a new one" },
    {
      command: "EDITOR='code --wait' tidegate secrets edit shared",
      explains: "the shared secrets, with an editor that waits",
    },
  ],
  arguments: [{ name: "ENVIRONMENT", summary: "Whose secrets, or shared", required: true }],
  options: {},
  run: async (context, { arguments: [place = ""] }) => {
    const session = await openSecrets(portsOf(context));
    if (!session.ok) return reportFailures(context, session.failures);
    const edited = await editSecrets(session.value, { place, editor: editorOf(context) });
    if (!edited.ok) return reportFailures(context, edited.failures);
    const { path, keys, missing } = edited.value;
    const shown = shownPath(session.value, path);
    const line =
      keys.length === 0
        ? `${shown} stays as it is: nothing was changed`
        : done(context, `${shown}: changed ${keys.join(", ")}`);
    const lost = missing.map((key) => warning(context, `${key} has no value in ${shown}, but needs one`));
    tell(context, { type: "secretsEdited", file: path, keys, missing }, [line, ...lost]);
    return exitCodes.done;
  },
});

/** Who edits without a terminal is a script, which would make the same mistake for ever. */
const mostTries = 5;

/** The user's editor on a private copy; on a terminal they are asked before it opens again. */
function editorOf(context: Context): Editor {
  return {
    copy(name, bytes) {
      const file = privateFile(name, bytes, context.env);
      const edit = async (): Promise<Result<Uint8Array | undefined>> => {
        const closed = await runEditor(context, file.path);
        return closed.ok ? ok(file.read()) : closed;
      };
      return { edit, wipe: file.wipe };
    },
    async again(failures, tries) {
      const { isTTY } = process.stdin;
      if (!isTTY && tries >= mostTries) return "enough";
      const { color, columns } = context.stderr;
      note(context, renderFailures(failures, { color, columns, cwd: context.cwd }));
      const goesOn = !isTTY || (await waitForEnter(context, "Enter opens the editor again, Ctrl-C gives up"));
      return goesOn ? "again" : "given up";
    },
  };
}
