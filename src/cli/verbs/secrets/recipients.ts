import { defineVerb } from "../../verb.ts";
import { add } from "./recipients/add.ts";
import { apply } from "./recipients/apply.ts";
import { list } from "./recipients/list.ts";
import { me } from "./recipients/me.ts";
import { remove } from "./recipients/remove.ts";

export const recipients = defineVerb({
  name: "recipients",
  summary: "Show and change who can read and write the secrets",
  usage: ["secrets recipients list|me|add|remove|apply …"],
  examples: [{ command: "tidegate secrets recipients list", explains: "who can read what" }],
  options: {},
  verbs: [list, me, add, remove, apply],
});
