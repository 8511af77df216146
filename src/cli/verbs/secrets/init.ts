import { initSecrets, type Made } from "../../../app/secrets/init-steps.ts";
import { openSecrets, shownPath } from "../../../app/secrets/places/session.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { portsOf } from "../../context.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { done, note, tell } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const init = defineVerb({
  name: "init",
  summary: "Set up encrypted secrets: a key, who may read, who may write, how git merges",
  usage: ["secrets init [options]"],
  description:
    "Makes an age key for you if you have none, .sops.yaml (who may read), secrets/signers (who may write), and tells git to\n" +
    "merge secrets files by key. What already exists stays. Everybody runs it once per clone: git keeps the name of the\n" +
    "merge program out of the repository. The key stays in your own config folder: keep a copy where you keep passwords.",
  examples: [
    { command: "tidegate secrets init", explains: "safe to run again" },
    {
      command: "tidegate secrets init --environment-keys",
      explains: "plus a separate key for each environment, for CI",
    },
  ],
  options: {
    name: { kind: "text", value: "NAME", summary: "Your name in the signers file", default: "" },
    hybrid: { kind: "flag", summary: "Make post-quantum keys; sops reads them from 3.12 on" },
    "environment-keys": { kind: "flag", summary: "Make a key for each environment, too" },
  },
  run: async (context, { options }) => {
    const session = await openSecrets(portsOf(context));
    if (!session.ok) return reportFailures(context, session.failures);
    const kind = options.hybrid ? "hybrid" : "x25519";
    const call = { kind, name: options.name, hasEnvironmentKeys: options["environment-keys"] } as const;
    const made = await initSecrets(session.value, call);
    if (!made.ok) return reportFailures(context, made.failures);
    const lines = made.value.map((one) => {
      const text = textOf(one, (path) => shownPath(session.value, path));
      return one.isNew ? done(context, text) : `  ${text}`;
    });
    tell(context, { type: "secretsPrepared", steps: made.value }, lines);
    note(context, next(made.value));
    return exitCodes.done;
  },
});

/** Who has a key since a moment ago and finds who may read said already is not among them. */
function next(made: readonly Made[]): string {
  const isNew = (what: Made["what"]) => made.some((one) => one.what === what && one.isNew);
  if (isNew("key") && !isNew("policy"))
    return "Now somebody who can read the secrets has to add you: send them what `tidegate secrets recipients me` prints.";
  if (isNew("rules")) return "The files are not yet encrypted for these keys. Next: tidegate secrets recipients apply";
  return "Commit the new files. Next: tidegate secrets set KEY --env ENVIRONMENT";
}

function textOf(made: Made, shown: (path: string) => string): string {
  switch (made.what) {
    case "key":
      return made.isNew ? `a key for you in ${made.path}: ${made.recipient}` : `your key is ${made.recipient}`;
    case "environmentKey":
      return `the key of ${made.environment} ${made.isNew ? "is in" : "was in"} ${made.path}; CI gets it as SOPS_AGE_KEY`;
    case "policy":
      return `who may read${standsIn(made)}${shown(made.path)}`;
    case "rules":
      return `keys of environments may read, according to ${shown(made.path)}: ${made.places.join(", ")}`;
    case "signers":
      return `who may write${standsIn(made)}${shown(made.path)}`;
    case "attributes":
      return `how git merges${standsIn(made)}${shown(made.path)}`;
    case "mergeDriver":
      return `git merges with: ${made.command}`;
    case "noGit":
      return `this is not a git repository; in one, run: git config merge.tidegate-secrets.driver ${JSON.stringify(made.command)}`;
    default:
      return made satisfies never;
  }
}

function standsIn({ isNew }: Made): string {
  return isNew ? ": " : " is in ";
}
