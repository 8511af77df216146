import { defineVerb } from "../verb.ts";
import { check } from "./secrets/check.ts";
import { edit } from "./secrets/edit.ts";
import { get } from "./secrets/get.ts";
import { importVerb } from "./secrets/import.ts";
import { init } from "./secrets/init.ts";
import { list } from "./secrets/list.ts";
import { merge } from "./secrets/merge.ts";
import { recipients } from "./secrets/recipients.ts";
import { rotate } from "./secrets/rotate.ts";
import { scan } from "./secrets/scan.ts";
import { set } from "./secrets/set.ts";
import { sign } from "./secrets/sign.ts";
import { unset } from "./secrets/unset.ts";

export const secrets = defineVerb({
  name: "secrets",
  summary: "Set, read, check and rotate the encrypted secrets",
  usage: ["secrets init|set|unset|get|edit|list|import|rotate|recipients|sign|check|scan|merge …"],
  description:
    "Secrets are kept in SOPS files, `secrets/<environment>.yaml`, encrypted for age recipients. `sops` reads and writes the same\n" +
    "files. Keys are found where SOPS finds them: SOPS_AGE_KEY, SOPS_AGE_KEY_FILE, SOPS_AGE_KEY_CMD, the user's config folder.",
  examples: [
    { command: "tidegate secrets init", explains: "a key, who may read, who may write" },
    { command: "tidegate secrets set SESSION_KEY --env production", explains: "asks for the value, unseen" },
    { command: "tidegate secrets check", explains: "needs no key: suitable for every pull request" },
  ],
  options: {},
  verbs: [init, set, unset, get, edit, list, importVerb, rotate, recipients, sign, check, scan, merge],
});
