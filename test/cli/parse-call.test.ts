import { describe, expect, it } from "vitest";
import { parseCall } from "../../src/cli/parse-call.ts";
import { tokensOf } from "../../src/cli/tokens.ts";
import { defineVerb } from "../../src/cli/verb.ts";

const verb = defineVerb({
  name: "run",
  summary: "Run",
  usage: ["run"],
  examples: [{ command: "tidegate run", explains: "runs" }],
  arguments: [{ name: "task", summary: "The task to run", required: true }],
  options: {
    concurrency: { kind: "number", value: "N", short: "n", summary: "How many" },
    format: { kind: "text", value: "F", choices: ["short", "long"], default: "short", summary: "How" },
    force: { kind: "flag", summary: "Always" },
    set: { kind: "text", value: "KEY=VALUE", summary: "Again for more", many: true },
  },
});

const parse = (...args: string[]) => {
  const parsed = parseCall(verb, "run", tokensOf(args, verb.options));
  return parsed.ok ? parsed.value : parsed.failures.map(({ code, message, hint }) => [code, message, hint]);
};
const bad = (message: string, hint = "See: tidegate run --help") => [["bad-arguments", message, hint]];

describe("the arguments of a call", () => {
  it("are read with their types, and with the defaults of what is not given", () => {
    expect(parse("build", "--concurrency=3", "--force", "--json")).toEqual({
      arguments: ["build"],
      options: {
        concurrency: 3,
        format: "short",
        force: true,
        set: [],
        project: ".",
        json: true,
        "no-color": false,
        help: false,
      },
    });
    expect(parse("build")).toMatchObject({ options: { concurrency: undefined, format: "short", force: false } });
  });

  it("may come in any order and in short forms, the last of equals counting", () => {
    const call = parse("-n2", "--format", "long", "-C", "other", "build", "-n", "4");
    expect(call).toMatchObject({ arguments: ["build"], options: { concurrency: 4, format: "long", project: "other" } });
  });

  it("are a list where an option may be given several times, each value as it was typed", () => {
    const call = parse("build", "--set", "A=1\nB=2", "--set=C=", "--set", "A=1\nB=2");
    expect(call).toMatchObject({ options: { set: ["A=1\nB=2", "C=", "A=1\nB=2"] } });
  });

  it("are words after a double dash, whatever they look like", () => {
    expect(parse("--", "--force")).toMatchObject({ arguments: ["--force"], options: { force: false } });
  });

  it.each([
    [["build", "--forse"], bad("There is no option --forse", "Did you mean --force?")],
    [["build", "-z"], bad("There is no option -z")],
    [["build", "--constructor"], bad("There is no option --constructor")],
    [["build", "--__proto__=1"], bad("There is no option --__proto__")],
    [["build", "--force=yes"], bad("--force takes no value")],
    [["build", "--concurrency"], bad("--concurrency needs a value", "Give it one: --concurrency=N")],
    [["build", "--concurrency", "--json"], bad("--concurrency needs a value", "Give it one: --concurrency=N")],
    [["build", "--concurrency=0"], bad('--concurrency is a whole number of at least 1, not "0"')],
    [["build", "--concurrency=1e3"], bad('--concurrency is a whole number of at least 1, not "1e3"')],
    [["build", "--format=tall"], bad('--format is one of short, long, not "tall"')],
    [[], bad("task is missing (the task to run)")],
    [["build", "test"], bad('"test" is one argument too many')],
  ])("%j is refused with its reason", (args, failures) => {
    expect(parse(...args)).toEqual(failures);
  });

  it("have all their problems told at once", () => {
    expect(parse("a", "b", "--forse", "--format=x")).toHaveLength(3);
  });
});
