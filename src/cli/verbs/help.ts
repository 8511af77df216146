import { exitCodes } from "../../errors/exit-code.ts";
import { findVerb } from "../find-verb.ts";
import { reportFailures } from "../render/report-failures.ts";
import { showHelp, showVerbs } from "../show-help.ts";
import { defineVerb, type Verb, type VerbEntry } from "../verb.ts";

/** The verb that explains the verbs of a table, itself among them. */
export const helpOf = (table: readonly VerbEntry[]): Verb =>
  defineVerb({
    name: "help",
    summary: "Show all verbs, or how to use one",
    usage: ["help [verb…]"],
    examples: [{ command: "tidegate help run", explains: "how run is used; the same as tidegate run --help" }],
    arguments: [{ name: "verb", summary: "The verb to explain", many: true }],
    options: {},
    run: async (context, call) => {
      if (call.arguments.length === 0) {
        showVerbs(context, table);
        return exitCodes.done;
      }
      const found = await findVerb(call.arguments, table);
      if (!found.ok) return reportFailures(context, found.failures);
      showHelp(context, found.value.verb, found.value.path);
      return exitCodes.done;
    },
  });
