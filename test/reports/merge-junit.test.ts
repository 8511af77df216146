import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readJunit } from "../../src/reports/junit.ts";
import { mergeJunit, type ReportedPart } from "../../src/reports/merge-junit.ts";
import { tempFolder } from "../support/temp-folder.ts";

function merge(reports: Readonly<Record<string, string>>, more: readonly ReportedPart[] = []): string {
  const folder = tempFolder(reports);
  const target = join(folder, "out", "all.xml");
  mergeJunit(target, [{ name: "all", reports: Object.keys(reports).map((name) => join(folder, name)) }, ...more]);
  expect(readdirSync(join(folder, "out"))).toEqual(["all.xml"]);
  // Whatever went in: it can be read.
  readJunit(target, () => undefined);
  const text = readFileSync(target, "utf8");
  return text.slice(text.indexOf("<testsuites>\n") + "<testsuites>\n".length, text.lastIndexOf("</testsuites>"));
}

describe("a merged JUnit report", () => {
  it("has the suites of all, whatever stands around them", () => {
    const merged = merge({
      "a.xml":
        '<?xml version="1.0"?><testsuites name="x" tests="9"> <testsuite name="a"><testcase name="1"/></testsuite> </testsuites>',
      "b.xml": '<testsuite name="b"><testsuite name="inner"><testcase name="2">text</testcase></testsuite></testsuite>',
    });
    expect(merged).toBe(`<testsuite name="a"><testcase name="1"/></testsuite>
<testsuite name="b"><testsuite name="inner"><testcase name="2">text</testcase></testsuite>
</testsuite>
`);
  });

  it("keeps text as it was meant: entities, CDATA, line breaks, and not what XML forbids", () => {
    const merged = merge({
      "a.xml": `<testsuite><testcase name="a &amp; &quot;b&quot;&#10;c"><system-out><![CDATA[<b> & ]]>\u001b[31mred\u0000</system-out></testcase></testsuite>`,
    });
    expect(merged).toBe(
      `<testsuite><testcase name="a &amp; &quot;b&quot;&#10;c"><system-out>&lt;b&gt; &amp; red</system-out></testcase></testsuite>\n`,
    );
  });

  it.each([
    [
      "cut off",
      '<testsuite name="a"><testcase name="1"/><testcase name="2"><failure',
      "It ends in the middle of a tag",
    ],
    ["that declares entities", '<!DOCTYPE x [<!ENTITY a "b">]><testsuite/>', "It declares a document type"],
    ["with a name that XML forbids", "<testsuite><1/></testsuite>", "An element in it has a name"],
  ])("closes what a report %s left open, and tells of it", (_, report, message) => {
    const merged = merge({ "a.xml": report });
    expect(merged).toContain(`<testcase name="all"><error message="${message}`);
  });

  it("tells of a part that reported nothing", () => {
    expect(merge({}, [{ name: "test[shard=2]", reports: [], failure: 'it "broke"' }])).toBe(
      '<testsuite name="test[shard=2]" tests="1" errors="1"><testcase name="test[shard=2]"><error message="it &quot;broke&quot;"/></testcase></testsuite>\n',
    );
  });
});
