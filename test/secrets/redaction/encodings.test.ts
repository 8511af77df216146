import { execFileSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import { createByteRedactor } from "../../../src/secrets/redaction/byte-redactor.ts";
import { redactText } from "../../../src/secrets/redaction/redact.ts";
import { LeakScanner } from "../../../src/secrets/scan/leak-scanner.ts";
import { Secret } from "../../../src/secrets/secret.ts";
import { thirty, writers } from "./samples.ts";

const secrets = thirty.map((value) => new Secret(value));

/** The whole output of everything, with names that say what was missed. */
const written = thirty.flatMap((value, index) => {
  return Object.entries(writers).map(([name, write]) => ({ name: `#${index} ${name}`, value, text: write(value) }));
});
const output = Buffer.from(written.map(({ name, text }) => `<${name}> ${text} </>\n`).join(""));

/** An independent look: what of the value can still be read, in the form in which it was written. */
function remains(shown: string): string[] {
  return written.filter(({ text }) => shown.includes(core(text))).map(({ name }) => name);
}

/** What is certainly the secret's of a written form: without what stands at its edges. */
function core(text: string): string {
  const edge = Math.min(12, Math.floor(text.length / 4));
  return text.slice(edge, text.length - edge);
}

function inPieces(bytes: Buffer, size: number): Buffer {
  const redactor = createByteRedactor(secrets);
  const shown: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) shown.push(Buffer.from(redactor.push(bytes.subarray(at, at + size))));
  return Buffer.concat([...shown, redactor.flush()]);
}

describe("thirty secrets in every encoding", () => {
  let whole: Buffer;
  beforeAll(() => {
    whole = inPieces(output, output.length);
  });

  test("are all found by the control without redaction", () => {
    expect(remains(output.toString())).toHaveLength(written.length);
  });

  test("are all hidden", () => {
    expect(remains(whole.toString())).toEqual([]);
    for (const { name } of written) {
      const left = whole.toString().split(`<${name}> `)[1]!.split(" </>\n")[0]!.replaceAll("[secret]", "");
      const around = writers[name.slice(name.indexOf(" ") + 1)]!("").length;
      expect(left.length, `${name}: ${left}`).toBeLessThanOrEqual(around * 2 + 14);
    }
  });

  test.each([1, 2, 3, 5, 7, 16, 61, 256, 1000, 4096, 65_536])("come out the same in pieces of %i bytes", (size) => {
    expect(inPieces(output, size).equals(whole)).toBe(true);
  });

  test("are all found by the leak scan, each with a name of its encoding", () => {
    const named = secrets.map((secret, index) => ({ key: `KEY_${index}`, environment: "production", secret }));
    const scanner = new LeakScanner(named);
    for (const [index, value] of thirty.entries()) {
      for (const [name, write] of Object.entries(writers)) {
        const reader = scanner.read({ where: "tree", path: "a" });
        reader.push(Buffer.from(`first line\n${write(value)}`));
        const keys = reader.end().map(({ key }) => key);
        expect(keys, `#${index} ${name}`).toContain(`KEY_${index}`);
      }
    }
  });
});

describe("a value is hidden as real programs write it", () => {
  const awkward = thirty[6]!;
  const quoted = thirty[7]!;

  test.each([awkward, quoted, "a b'c\"d$e", "new\nline and 'quotes' here"])(
    "traced, exported and quoted by bash: %j",
    (value) => {
      const script =
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is for the shell
        'set -x; : "$V" 2>&1; set +x; export -p | grep -A3 " V="; printf "%q\\n" "$V"; declare -p V; echo "${V@Q}"';
      const run = execFileSync("bash", ["--norc", "--noprofile", "-c", `exec 2>&1; ${script}`], {
        env: { PATH: process.env.PATH, V: value },
        encoding: "utf8",
      });
      const shown = redactText(run, [new Secret(value)]);
      expect(shown.match(/\[secret\]/g)?.length).toBeGreaterThanOrEqual(5);
      for (const word of value.split(/[^\w]+/).filter((one) => one.length > 4)) expect(shown).not.toContain(word);
    },
  );

  test("wrapped base64 of the base64 program", () => {
    const value = `${"long-secret-".repeat(20)}end`;
    const run = execFileSync("base64", { input: value, encoding: "utf8" });
    expect(run.split("\n").length).toBeGreaterThan(3);
    expect(
      redactText(run, [new Secret(value)])
        .replaceAll("[secret]", "")
        .replace(/\s|=/g, "").length,
    ).toBeLessThan(16);
  });
});

describe("of what has several parts", () => {
  const hides = (value: string, text: string) =>
    expect(redactText(`x ${text} y`, [new Secret(value)])).toBe("x [secret] y");
  const leaves = (value: string, text: string) =>
    expect(redactText(`x ${text} y`, [new Secret(value)])).toBe(`x ${text} y`);

  test("each line is hidden, whatever the line ends", () => {
    const value = "first line of it\nsecond line of it\n";
    hides(value, "first line of it");
    hides(value, "second line of it");
    hides(value, "first line of it\r\nsecond line of it");
    hides(value.replaceAll("\n", "\r\n"), "first line of it\nsecond line of it");
  });

  test("each scalar of JSON is hidden, and what is trivial stays", () => {
    const value = '{"host":"localhost","port":5432,"tls":true,"auth":{"token":"tok-93kd82hd","list":["9fj2-kd93-xx"]}}';
    hides(value, "tok-93kd82hd");
    hides(value, "9fj2-kd93-xx");
    hides(value, Buffer.from("tok-93kd82hd").toString("base64").replace(/=+$/, ""));
    for (const trivial of ["localhost", "5432", "true", "token"]) leaves(value, trivial);
  });

  test("each value of YAML and dotenv lines is hidden", () => {
    hides("user: admin\npassword: 'kd83-hs72-ks'\n", "kd83-hs72-ks");
    hides("- kd83-hs72-ks\n- other-value-92\n", "other-value-92");
    hides("export TOKEN=kd83-hs72-ks\n", "kd83-hs72-ks");
  });

  test("the password of an address is hidden, as it stands there and decoded", () => {
    const value = "postgres://app:s3cr3t%2Fp%40ss@db:5432/app";
    hides(value, "s3cr3t%2Fp%40ss");
    hides(value, "s3cr3t/p@ss");
    leaves(value, "db:5432");
  });

  test("the first and last line of a key are known to everybody and stay", () => {
    const value = thirty[10]!;
    leaves(value, "-----BEGIN PRIVATE KEY-----");
    hides(value, value.split("\n")[1]!);
  });
});

describe("bytes", () => {
  test("that are no text come out as they went in", () => {
    const bytes = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 167) & 0xff));
    for (const size of [1, 3, 64, 4096]) expect(inPieces(bytes, size).equals(bytes)).toBe(true);
  });

  test("around a secret stay, also when a character is cut in two", () => {
    const redactor = createByteRedactor([new Secret("日本語のパスワード")]);
    const text = Buffer.concat([
      Buffer.from([0xff, 0xe6]),
      Buffer.from("日本語のパスワード"),
      Buffer.from([0xe6, 0x97]),
    ]);
    const shown = [...text].map((byte) => Buffer.from(redactor.push(Buffer.from([byte]))));
    const all = Buffer.concat([...shown, redactor.flush()]);
    expect(all).toEqual(Buffer.concat([Buffer.from([0xff, 0xe6]), Buffer.from("[secret]"), Buffer.from([0xe6, 0x97])]));
  });
});
