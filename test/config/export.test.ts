import { execFileSync } from "node:child_process";
import { parseEnv } from "node:util";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";
import { type ExportedKey, revealed, withoutSecrets } from "../../src/config/export/exported.ts";
import { toEnv } from "../../src/config/export/to-env.ts";
import { toJson } from "../../src/config/export/to-json.ts";
import { toKubernetes } from "../../src/config/export/to-kubernetes.ts";
import { toYaml } from "../../src/config/export/to-yaml.ts";
import { toText } from "../../src/config/to-text.ts";
import { secret } from "../../src/definition/builders.ts";
import { configProject, found, readings, resolved } from "./projects.ts";

/** Values that somebody's reader takes for something else. */
const values: readonly unknown[] = [
  ..."yes no on off y n true false null ~ 0777 0o17 0x1F 1e3 1_000 .inf 1:30 2001-12-14 = << - ? [a {a &a *a !a |".split(
    " ",
  ),
  ...[
    "",
    " ",
    " a ",
    "a #b",
    "#a",
    "a: b",
    "a\nb",
    "a\n",
    "\n",
    "\ta",
    "it's",
    '"q"',
    "a'b\"c",
    "$HOME",
    "`id`",
    "$(id)",
    "\\n",
    "\\",
  ],
  ...[
    "a'b$c",
    "ä€😀",
    "\u2028",
    "\u0007",
    "\u0085",
    "\ufeff",
    "a\r\nb",
    "a\tb",
    "a\u2028b\u0085c\u007f\ufeff\\u2028",
    "--- a",
    "...",
    "%a",
    "@a",
    ",a",
    "x".repeat(300),
  ],
  ...[0, -1, 1.5, 1e21, 1e-7, true, false, ["a", 1, null], { a: { b: ["yes"] } }, JSON.parse('{"__proto__":{"x":1}}')],
];

function keyOf(value: unknown, key: string): ExportedKey {
  const text = toText(value);
  if (text.state !== "text") throw new Error("no text");
  return { key, text: text.text, data: text.isJson ? JSON.parse(text.text) : text.text, isSecret: false };
}

const keys = values.map((value, index) => keyOf(value, `KEY_${index}`));
const texts = Object.fromEntries(keys.map(({ key, text }) => [key, text]));
const data = Object.fromEntries(keys.map(({ key, data }) => [key, data]));

describe("an exported config", () => {
  test("as env is read back by a shell, byte for byte", () => {
    const script = `set -a\n${toEnv(keys)}exec "${process.execPath}" -e 'process.stdout.write(JSON.stringify(process.env))'`;
    const seen = JSON.parse(execFileSync("/bin/sh", ["-c", script], { encoding: "utf8", env: {} }));
    for (const { key, text } of keys) expect(seen[key], key).toBe(text);
  });

  test("as env is read back by Node's --env-file, but for the one kind of value that is told", () => {
    const seen = parseEnv(toEnv(keys));
    for (const { key, text } of keys) {
      const isTold = /'/.test(text) && /["$`\\]/.test(text);
      // Node drops carriage returns from what it reads.
      if (!isTold && !text.includes("\r")) expect(seen[key], JSON.stringify(text)).toBe(text);
    }
  });

  test("as JSON is typed, in the order of the definition", () => {
    const printed = toJson([keyOf(1, "b"), keyOf("x", "10"), keyOf({ c: [1] }, "a"), keyOf(true, "__proto__")]);
    expect(printed).toBe(
      '{\n  "b": 1,\n  "10": "x",\n  "a": {\n    "c": [\n      1\n    ]\n  },\n  "__proto__": true\n}\n',
    );
    expect(JSON.parse(toJson(keys))).toEqual(data);
    expect(toJson([])).toBe("{}\n");
  });

  test.each(["1.1", "1.2"] as const)("as YAML is read back by YAML %s, typed", async (version) => {
    expect(parse(await toYaml(keys), { version })).toEqual(data);
  });

  test("as YAML has nothing that some readers take for the end of a line, or refuse", async () => {
    const printed = await toYaml(keys);
    expect(printed).not.toMatch(/[\t\u007f-\u009f\u2028\u2029\ufeff]/);
    expect(printed).toContain('"a\\u2028b\\u0085c\\u007f\\ufeff\\\\u2028"');
  });

  test("as YAML keeps keys that look like something else", async () => {
    const odd = ["yes", "NO", "y", "null", "__proto__"].map((key) => keyOf("x", key));
    for (const version of ["1.1", "1.2"] as const) {
      expect(Object.keys(parse(await toYaml(odd), { version }))).toEqual(odd.map(({ key }) => key));
    }
  });

  test.each(["1.1", "1.2"] as const)("as Kubernetes objects has nothing but texts, for YAML %s", async (version) => {
    const printed = await toKubernetes([...keys, { ...keyOf("hunter2", "TOKEN"), isSecret: true }], {
      project: "shop",
      environment: "staging",
    });
    const [config, secrets, ...more] = parseAllDocuments(printed, { version }).map((document) => document.toJS());
    expect(more).toEqual([]);
    expect(config).toMatchObject({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "shop-staging-config" } });
    expect(config.data).toEqual(texts);
    expect(secrets).toMatchObject({ kind: "Secret", type: "Opaque", stringData: { TOKEN: "hunter2" } });
  });

  test("has no secret unless it is asked for", async () => {
    const project = configProject({ A: z.number().default(1), S: secret(z.string()), N: z.string().optional() });
    const config = await resolved(project, readings({ S: found("hunter2") }));
    expect(withoutSecrets(config)).toEqual([{ key: "A", text: "1", data: 1, isSecret: false }]);
    expect(revealed(config).map(({ key, text }) => `${key} ${text}`)).toEqual(["A 1", "S hunter2"]);
  });
});
