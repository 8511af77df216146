import { defineVerb } from "../verb.ts";
import { check } from "./config/check.ts";
import { diff } from "./config/diff.ts";
import { explain } from "./config/explain.ts";
import { exportVerb } from "./config/export.ts";
import { importVerb } from "./config/import.ts";
import { show } from "./config/show.ts";

export const config = defineVerb({
  name: "config",
  summary: "Show, explain, compare, check, export and import config",
  usage: ["config show|explain|diff|check|export|import"],
  examples: [{ command: "tidegate config explain LOG_LEVEL", explains: "where a value comes from" }],
  options: {},
  verbs: [show, explain, diff, check, exportVerb, importVerb],
});
