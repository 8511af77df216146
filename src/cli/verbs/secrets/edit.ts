import { basename } from "node:path";
import { isSamePlain, type OpenSops, type PlainValue } from "@tidegate/sops";
import { choosePlaces } from "../../../app/secrets/choose-place.ts";
import { judgeValue } from "../../../app/secrets/judge-value.ts";
import { type OpenPlace, openPlace } from "../../../app/secrets/open-place.ts";
import { markRenewed } from "../../../app/secrets/renewal-file.ts";
import { openSecrets, type SecretsSession, sharedPlace, shownPath } from "../../../app/secrets/session.ts";
import { declaredIn, missingIn, viewPlace } from "../../../app/secrets/standing.ts";
import { withSecretsLock } from "../../../app/secrets/with-lock.ts";
import { writePlace } from "../../../app/secrets/write-place.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import type { Failure } from "../../../errors/failure.ts";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { toData, topLevel } from "../../../secrets/files/values.ts";
import { fromSops } from "../../../secrets/from-sops.ts";
import { type PrivateFile, privateFile } from "../../ask/private-file.ts";
import { runEditor } from "../../ask/run-editor.ts";
import { waitForEnter } from "../../ask/wait-for-enter.ts";
import type { Context } from "../../context.ts";
import { renderFailures } from "../../render/failure.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { done, note, tell, warning } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const edit = defineVerb({
  name: "edit",
  summary: "Open an environment's secrets in your editor",
  usage: ["secrets edit ENVIRONMENT"],
  description:
    "Opens $VISUAL or $EDITOR on a private copy in memory, which is wiped afterwards. What cannot be read any more, or\n" +
    "does not fit its schema, is said and the editor opens again: nothing is lost. Nothing is written if nothing changed.",
  examples: [
    { command: "tidegate secrets edit production", explains: "its file, or a new one" },
    {
      command: "EDITOR='code --wait' tidegate secrets edit shared",
      explains: "the shared secrets, with an editor that waits",
    },
  ],
  arguments: [{ name: "ENVIRONMENT", summary: "Whose secrets, or shared", required: true }],
  options: {},
  run: async (context, { arguments: asked }) => {
    const session = await openSecrets(context);
    if (!session.ok) return reportFailures(context, session.failures);
    const places = choosePlaces(session.value, asked);
    if (!places.ok) return reportFailures(context, places.failures);
    const edited = await withSecretsLock(session.value, () => editPlace(context, session.value, places.value[0]!));
    if (!edited.ok) return reportFailures(context, edited.failures);
    const { path, keys, missing } = edited.value;
    const shown = shownPath(session.value, path);
    const line =
      keys.length === 0
        ? `${shown} stays as it is: nothing was changed`
        : done(context, `${shown}: changed ${keys.join(", ")}`);
    const lost = missing.map((key) => warning(context, `${key} has no value in ${shown}, and has to have one`));
    tell(context, { type: "secretsEdited", file: path, keys, missing }, [line, ...lost]);
    return exitCodes.done;
  },
});

interface Edited {
  readonly path: string;
  /** The top-level keys whose values are others now, or `its layout`. */
  readonly keys: readonly string[];
  /** Those of them that need a value and have none now. */
  readonly missing: readonly string[];
}

async function editPlace(context: Context, session: SecretsSession, name: string): Promise<Result<Edited>> {
  const place = await openPlace(session, name);
  if (!place.ok) return place;
  const before = place.value.stored === undefined ? template(session, place.value) : place.value.open.plaintext();
  const file = privateFile(basename(place.value.path), before, context.env);
  try {
    const after = await editUntilGood(context, session, place.value, file, before);
    if (!after.ok) return after;
    return after.value === undefined
      ? ok({ path: place.value.path, keys: [], missing: [] })
      : await write(session, place.value, after.value);
  } finally {
    file.wipe();
  }
}

/** Who edits without a terminal is a script, which would make the same mistake for ever. */
const mostTries = 5;

/** `undefined`: nothing was changed. */
async function editUntilGood(
  context: Context,
  session: SecretsSession,
  place: OpenPlace,
  file: PrivateFile,
  before: Uint8Array,
): Promise<Result<OpenSops | undefined>> {
  for (let tries = 1; ; tries += 1) {
    const closed = await runEditor(context, file.path);
    if (!closed.ok) return closed;
    const bytes = file.read();
    if (bytes === undefined) return failed(takenAway);
    if (Buffer.from(before).equals(bytes)) return ok(undefined);
    const after = isBlank(bytes) ? failed(emptied) : await judge(session, place, bytes);
    if (after.ok) return after;
    if (!process.stdin.isTTY && tries >= mostTries) return after;
    tellProblems(context, after.failures);
    if (process.stdin.isTTY && !(await waitForEnter(context, "Enter opens the editor again, Ctrl-C gives up"))) {
      return failed({ code: "interrupted", message: "Given up; nothing was written" });
    }
  }
}

const takenAway = {
  code: "bad-arguments",
  message: "The editor left no file behind; nothing was written",
  hint: "Set VISUAL or EDITOR to one that saves under the same name.",
} as const;

/** An editor that failed, or `:%d` by mistake: nobody takes all secrets away like that. */
function isBlank(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).toString("utf8").trim() === "";
}

const emptied = {
  code: "secrets-file-invalid",
  message: "The file is empty; nothing was written",
  hint: "To take a value away: `tidegate secrets unset KEY`.",
} as const;

/** Whether it can be read, and what was changed can be a secret. */
async function judge(session: SecretsSession, place: OpenPlace, bytes: Uint8Array): Promise<Result<OpenSops>> {
  const after = fromSops(place.open.withPlaintext(bytes));
  if (!after.ok) return after;
  const failures: Failure[] = [];
  for (const [key, value] of changedKeys(place.open, after.value)) {
    const declaration = declaredIn(session, place.place).find((one) => one.key === key);
    if (value === undefined || value === null || value === "" || declaration === undefined) continue;
    const judged = await judgeValue(session, { key, place: place.place, declaration }, toData(value));
    if (!judged.ok) failures.push(...judged.failures);
  }
  return failures.length > 0 ? failed(...failures) : after;
}

async function write(session: SecretsSession, place: OpenPlace, after: OpenSops): Promise<Result<Edited>> {
  const written = await writePlace(session, place, after);
  if (!written.ok) return written;
  const keys = changedKeys(place.open, after).map(([key]) => key);
  const renewed = markRenewed(
    session,
    keys.map((key) => ({ place: place.place, key })),
  );
  if (!renewed.ok) return renewed;
  const view = await viewPlace(session, place.place);
  if (!view.ok) return view;
  const missing = missingIn(session, view.value).map(({ key }) => key);
  return ok({
    path: place.path,
    keys: keys.length === 0 ? ["its layout"] : keys,
    missing: missing.filter((key) => keys.includes(key)),
  });
}

function changedKeys(before: OpenSops, after: OpenSops): [string, PlainValue | undefined][] {
  const [old, fresh] = [topLevel(before), topLevel(after)];
  const keys = [...new Set([...old.keys(), ...fresh.keys()])];
  return keys.filter((key) => !isSamePlain(old.get(key), fresh.get(key))).map((key) => [key, fresh.get(key)]);
}

/** A new file begins with what the definition wants in it. */
function template(session: SecretsSession, { place, path }: OpenPlace): Uint8Array {
  const keys = declaredIn(session, place)
    .filter(({ from }) => from === undefined)
    .map(({ key }) => key);
  const whose = place === sharedPlace ? "all environments" : place;
  if (path.endsWith(".json"))
    return Buffer.from(`${JSON.stringify(Object.fromEntries(keys.map((key) => [key, ""])), null, 2)}\n`);
  const isDotenv = path.endsWith(".env");
  const lines = keys.map((key) => (isDotenv ? `${key}=` : `${key}: ""`));
  return Buffer.from(`# Secrets of ${whose}\n${lines.map((line) => `${line}\n`).join("")}`);
}

function tellProblems(context: Context, failures: readonly Failure[]): void {
  const { color, columns } = context.stderr;
  note(context, renderFailures(failures, { color, columns, cwd: context.cwd }));
}
