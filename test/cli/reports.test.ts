import { describe, expect, it } from "vitest";
import { runCli } from "../support/cli.ts";
import { linesOf } from "../support/events.ts";
import { scriptProject } from "./project.ts";

/** Runs a project whose tasks put ready-made reports where they declare them, and says what became of each task. */
async function run(tasks: string, files: Readonly<Record<string, string>>) {
  const cwd = scriptProject(tasks, files);
  const { code, stdout, stderr } = await runCli(["run", "--json"], { cwd });
  const ended = linesOf(stdout).filter(({ type }) => type === "taskFinished");
  return { cwd, code, stderr, ended: Object.fromEntries(ended.map((event) => [event.task, event])) };
}

const copies = (name: string, file: string, reports: string) =>
  `const ${name} = task({ run: ["cp", "${file}", "out-${file}"], inputs: ["${file}"], reports: ${reports} });`;

describe("a run reads", () => {
  it("what two packages call the same file as two files, by the place of the report or by its sources", async () => {
    const section = (...records: string[]) => `TN:\nSF:src/main.ts\n${records.join("\n")}\nend_of_record\n`;
    const xml = (source: string, hits: number) =>
      `<?xml version="1.0"?><coverage><sources><source>${source}</source></sources><packages><package name="x"><classes>` +
      `<class name="m" filename="__init__.py"><lines><line number="1" hits="${hits}"/><line number="2" hits="${hits}"/></lines></class>` +
      `</classes></package></packages></coverage>`;
    const { code, ended } = await run(
      `const lcov = task({
  run: ["sh", "-c", "mkdir -p pk/one/cov pk/two/cov; cp one.info pk/one/cov/lcov.info; cp two.info pk/two/cov/lcov.info"],
  inputs: ["*.info"],
  reports: { coverage: { lcov: "pk/*/cov/lcov.info", minimum: 60 } },
});
const cobertura = task({
  run: ["sh", "-c", "mkdir -p all; cp first.xml second.xml all/"],
  inputs: ["*.xml"],
  reports: { coverage: { cobertura: "all/*.xml", minimum: 60 } },
});`,
      {
        "one.info": section("DA:1,1", "DA:2,1"),
        "two.info": section("DA:1,0", "DA:2,0", "DA:3,0"),
        "first.xml": xml("/build/first", 1),
        "second.xml": xml("/build/second", 0),
      },
    );
    expect(code).toBe(1);
    expect(ended.lcov.coverage.lines).toEqual({ covered: 2, total: 5 });
    expect(ended.cobertura.coverage.lines).toEqual({ covered: 2, total: 4 });
    for (const name of ["lcov", "cobertura"]) expect(ended[name].outcome.failures[0].code).toBe("coverage-below");
  });

  it("tests that only an attribute calls not run as skipped", async () => {
    const { code, ended } = await run(
      `${copies("google", "google.xml", `{ junit: "out-google.xml" }`)}
${copies("tst", "tst.xml", `{ junit: "out-tst.xml" }`)}`,
      {
        "google.xml": `<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="3" failures="0" disabled="1"><testsuite name="Sum" tests="3" failures="0" disabled="1">
<testcase name="Adds" status="run" result="completed" classname="Sum"/>
<testcase name="DISABLED_Divides" status="notrun" result="suppressed" classname="Sum"/>
<testcase name="Waits" status="run" result="skipped" classname="Sum"/></testsuite></testsuites>`,
        "tst.xml": `<testsuite name="x" tests="2" disabled="1"><testcase name="a" status="passed"/><testcase name="b" status="disabled"/></testsuite>`,
      },
    );
    expect(code).toBe(0);
    expect(ended.google.tests).toEqual({ passed: 1, failed: 0, skipped: 2 });
    expect(ended.tst.tests).toEqual({ passed: 1, failed: 0, skipped: 1 });
  });

  it("a report that claims failures and tells of none as no proof: it is neither green nor kept", async () => {
    const { cwd, code, ended } = await run(copies("test", "claims.xml", `{ junit: "out-claims.xml" }`), {
      "claims.xml": `<testsuites tests="6" failures="1" errors="1"><testsuite name="s" tests="6" failures="1" errors="1"/></testsuites>`,
    });
    expect(code).toBe(1);
    expect(ended.test).toMatchObject({
      outcome: {
        outcome: "failed",
        failures: [{ code: "task-failed", message: expect.stringMatching(/claims 2 failures/) }],
      },
      cache: { stored: false },
    });
    const again = await runCli(["run"], { cwd });
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("its report out-claims.xml claims 2 failures that it does not describe");
  });

  it('branches that are written as "True"', async () => {
    const { code, ended } = await run(
      copies("test", "net.xml", `{ coverage: { cobertura: "out-net.xml", minimum: { branches: 50 } } }`),
      {
        "net.xml": `<?xml version="1.0"?><coverage branches-covered="1" branches-valid="2"><sources><source>/s/</source></sources><packages><package name="p"><classes><class name="C" filename="C.cs"><methods/><lines><line number="1" hits="1" branch="True" condition-coverage="50% (1/2)"/><line number="2" hits="1" branch="False"/></lines></class></classes></package></packages></coverage>`,
      },
    );
    expect(code).toBe(0);
    expect(ended.test.coverage.branches).toEqual({ covered: 1, total: 2 });
  });

  it("functions as lcov 2.2 writes them, and a comment at the top", async () => {
    const { code, ended } = await run(
      `${copies("functions", "functions.info", `{ coverage: { lcov: "out-functions.info", minimum: { functions: 50 } } }`)}
${copies("comment", "comment.info", `{ coverage: { lcov: "out-comment.info", minimum: 50 } }`)}`,
      {
        "functions.info":
          "TN:\nSF:src/a.c\nFNL:0,1,3\nFNA:0,0,f\nFNL:1,5,7\nFNA:1,4,g\nFNF:2\nFNH:1\nDA:1,0\nDA:5,4\nLF:2\nLH:1\nend_of_record\n",
        "comment.info": "#made by the nightly build\nTN:\nSF:src/a.c\nDA:1,1\nend_of_record\n",
      },
    );
    expect(code).toBe(0);
    expect(ended.functions.coverage.functions).toEqual({ covered: 1, total: 2 });
    expect(ended.comment.coverage.lines).toEqual({ covered: 1, total: 1 });
  });

  it("names that end in a brace, and refuses more tests than the plan has, as prove does", async () => {
    const { code, ended } = await run(
      ["brace", "fails", "overrun"].map((name) => copies(name, `${name}.tap`, `{ tap: "out-${name}.tap" }`)).join("\n"),
      {
        "brace.tap": "TAP version 13\n1..2\nok 1 - reads {\nok 2 - reads }\n",
        "fails.tap": "TAP version 13\n1..2\nnot ok 1 - reads {\nok 2 - reads }\n",
        "overrun.tap": "TAP version 13\n1..2\nok 1 - a\nok 2 - b\nok 3 - c\n",
      },
    );
    expect(code).toBe(1);
    expect(ended.brace).toMatchObject({ outcome: { outcome: "succeeded" }, tests: { passed: 2, failed: 0 } });
    expect(ended.fails).toMatchObject({ outcome: { outcome: "failed" }, tests: { passed: 1, failed: 1 } });
    expect(ended.overrun.outcome.failures[0]).toMatchObject({
      code: "report-invalid",
      cause: "Its plan promises 2 tests, but it has 3",
    });
  });

  it("a link to a report of the project, and takes no other link, pipe or folder for one", async () => {
    const places = {
      inside: "ln -s ../ready.xml",
      dangling: "ln -s nowhere.xml",
      outside: "ln -s /etc/hostname",
      pipe: "mkfifo",
      folder: "mkdir",
    };
    const { code, ended } = await run(
      Object.entries(places)
        .map(
          ([name, make]) =>
            `const ${name} = task({ run: ["sh", "-c", "mkdir -p ${name}; ${make} ${name}/out.xml"], inputs: ["ready.xml"], reports: { junit: "${name}/out.xml" } });`,
        )
        .join("\n"),
      { "ready.xml": `<testsuite><testcase name="a"/></testsuite>` },
    );
    expect(code).toBe(1);
    expect(ended.inside).toMatchObject({ outcome: { outcome: "succeeded" }, tests: { passed: 1 } });
    const causes = ["dangling", "outside", "pipe", "folder"].map((name) => ended[name].outcome.failures[0]);
    expect(causes.map((failure) => failure.code)).toEqual(Array(4).fill("report-invalid"));
    expect(causes.map((failure) => failure.cause)).toEqual([
      "It is a link to nowhere.xml, where there is nothing readable",
      "It is a link that leads outside the project, to /etc/hostname",
      "It is neither a file nor a link to one",
      "It is a folder without a report in it",
    ]);
  });
});
