import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCobertura } from "../../src/reports/cobertura.ts";
import { Coverage } from "../../src/reports/coverage.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { lines, reportIn } from "./read.ts";

const report = (declared: string) =>
  `<?xml version="1.0"${declared}?><testsuite><testcase name="Prüfung – 5 €"/></testsuite>`;
const utf16 = (text: string) => Buffer.from(text, "utf16le");
const windows1252 = (text: string) => Buffer.from(text.replaceAll("–", "\u0096").replaceAll("€", "\u0080"), "latin1");

describe("a report is read in the encoding that it is written in:", () => {
  it.each([
    ["UTF-8 that says nothing", Buffer.from(report(""))],
    ["UTF-8 that says so", Buffer.from(report(' encoding="UTF-8"'))],
    ["UTF-8 with a mark", Buffer.from(`\ufeff${report(" encoding='utf-8'")}`)],
    ["UTF-16 with a mark", utf16(`\ufeff${report(' encoding="UTF-16"')}`)],
    ["UTF-16 with a mark, the other way round", utf16(`\ufeff${report(' encoding="UTF-16"')}`).swap16()],
    ["UTF-16 without a mark", utf16(report(' encoding="UTF-16LE"'))],
    ["UTF-16 without a mark, the other way round", utf16(report(' encoding="UTF-16BE"')).swap16()],
    ["UTF-8 that a writer of strings calls UTF-16", Buffer.from(report(' encoding="utf-16"'))],
    ["windows-1252", windows1252(report(' encoding="windows-1252"'))],
  ])("%s", (_, bytes) => {
    expect(lines(reportIn(bytes))).toEqual(["✔ Prüfung – 5 €"]);
  });

  it.each(["ISO-8859-1", "iso-8859-1", "latin1", "windows-1252"])("%s", (name) => {
    const bytes = Buffer.from(
      `<?xml version='1.0' encoding='${name}'?><testsuite><testcase name="Pr\xfcfung"/></testsuite>`,
      "latin1",
    );
    expect(lines(reportIn(bytes))).toEqual(["✔ Prüfung"]);
  });

  it("US-ASCII", () => {
    const ascii = `<?xml version="1.0" encoding="US-ASCII"?><testsuite><testcase name="&#xfc;"/></testsuite>`;
    expect(lines(reportIn(ascii))).toEqual(["✔ ü"]);
  });

  it.each([
    ["one that nobody knows", Buffer.from(report(' encoding="x-made-up"')), /written in x-made-up/],
    ["UTF-32", Buffer.from([0xff, 0xfe, 0, 0, 0x3c, 0, 0, 0]), /UTF-32/],
    ["UTF-16 that was cut off", utf16(`\ufeff${report("")}`).subarray(0, 90), /unclosed/],
  ])("but not in %s", (_, bytes, expected) => {
    expect(() => reportIn(bytes)).toThrow(expected);
  });

  it("TAP, which a shell of Windows writes in UTF-16", () => {
    const tap = "TAP version 13\r\n1..1\r\nok 1 - ä\r\n";
    expect(lines(reportIn(utf16(`\ufeff${tap}`), "a.tap"))).toEqual(["✔ ä"]);
    expect(lines(reportIn(`\ufeff${tap}`, "a.tap"))).toEqual(["✔ ä"]);
  });
});

describe("a namespace", () => {
  it("with a prefix changes nothing", () => {
    const xml = `<j:testsuites xmlns:j="urn:j"><j:testsuite name="s" j:x="1"><j:testcase name="a"><j:failure message="no"/></j:testcase><j:testcase name="b"><j:skipped/></j:testcase></j:testsuite></j:testsuites>`;
    expect(lines(reportIn(xml))).toEqual(["✘ s › a: no", "– s › b"]);
    expect(() => reportIn(xml.replace("</j:testcase>", "</testcase>"))).toThrow(/closes testcase/);
    const coverage = new Coverage();
    const path = join(tempFolder(), "c.xml");
    writeFileSync(
      path,
      `<c:coverage xmlns:c="urn:c"><c:class filename="a.c"><c:line number="1" hits="1"/></c:class></c:coverage>`,
    );
    readCobertura(path, coverage);
    expect(coverage.figures().lines).toEqual({ covered: 1, total: 1 });
  });
});
