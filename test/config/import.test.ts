import { describe, expect, test } from "vitest";
import { infer } from "../../src/config/import/infer.ts";
import { parseDotenv } from "../../src/config/import/parse-dotenv.ts";
import { importDotenv } from "../../src/config/import/print.ts";

const read = (text: string) => Object.fromEntries(parseDotenv(text).entries.map(({ key, value }) => [key, value]));
const remarks = (text: string) =>
  parseDotenv(text).remarks.map(({ line, remark, key }) => `${line} ${remark} ${key ?? ""}`.trim());

describe("reading dotenv files", () => {
  test.each([
    ["plain", "A=b", "b"],
    ["with spaces around the =", "A = b ", "b"],
    ["exported", "export A=b", "b"],
    ["indented", "  A=b", "b"],
    ["with a colon", "A: b", "b"],
    ["with an address", "A=http://x/#y", "http://x/#y"],
    ["with a comment behind it", "A=b # c", "b"],
    ["with a comment of several parts behind it", "A=b # c\u2028d # e", "b"],
    ["that is only a comment", "A= # c", ""],
    ["empty", "A=", ""],
    ["with = in it", "A=b=c==", "b=c=="],
    ["in double quotes", 'A="b c" # d', "b c"],
    ["in single quotes", "A='b \"c\" # d'", 'b "c" # d'],
    ["in back quotes", 'A=`it\'s "b"`', 'it\'s "b"'],
    ["with escapes in double quotes", 'A="a\\nb\\t\\"c\\" \\\\n \\$D"', 'a\nb\t"c" \\n $D'],
    ["with what only looks like escapes in single quotes", "A='a\\nb'", "a\\nb"],
    ["over several lines", 'A="-----BEGIN\nabc\n-----END"\nB=1', "-----BEGIN\nabc\n-----END"],
    ["with CR LF", 'A="a\r\nb"\r\n', "a\nb"],
    ["behind a byte order mark", "\ufeffA=b", "b"],
    ["with quotes inside", 'A=b"c"d', 'b"c"d'],
    ["with a quote that is not the end", 'A="b" c"', 'b" c'],
    ["with a quote that is not closed", 'A="b\nB=1', '"b'],
    ["in JSON", 'A={"a": "b"}', '{"a": "b"}'],
    ["there twice", "A=1\nA=b", "b"],
  ])("a value %s", (_what, text, value) => {
    expect(read(text).A).toBe(value);
  });

  test("says what it did not understand, by line and without any of it", () => {
    const text = "A=1\n\n# fine\nhunter2 is my password\nB=\"open\nA=2\nC=$A/x\nD='$A'\n=x";
    expect(remarks(text)).toEqual([
      "4 notUnderstood",
      "5 unclosedQuote B",
      "6 again A",
      "7 reference C",
      "9 notUnderstood",
    ]);
  });

  test("says that a quote may be another one's", () => {
    expect(remarks("A='it's here\nB=1\nC='end'\n")).toEqual(["1 unclosedQuote A"]);
    expect(remarks("A='open\nB=1\nC=the end'\n")).toEqual(["1 variablesInside A"]);
    expect(remarks('A="a\nb = 1"')).toEqual([]);
  });

  test("takes keys that JavaScript uses itself for what they are", () => {
    expect(parseDotenv("__proto__=1\nconstructor=2").entries.map(({ key }) => key)).toEqual([
      "__proto__",
      "constructor",
    ]);
  });
});

describe("inferring a schema", () => {
  test.each([
    ["integer", "A", ["5", "-7", "0"]],
    ["number", "A", ["0.5", "2"]],
    ["string", "A", ["1.50"]],
    ["string", "A", ["007"]],
    ["string", "A", ["+49123"]],
    ["string", "A", ["12345678901234567890"]],
    ["boolean", "A", ["true", "false"]],
    ["string", "A", ["yes"]],
    ["string", "A", ["5", ""]],
    ["duration", "A", ["30s", "5m"]],
    ["url", "A", ["https://a/b", "redis://h:1"]],
    ["json", "A", ['{"a":1}', "[1]"]],
    ["enum", "LOG_LEVEL", ["info", "debug"]],
    ["enum", "NODE_ENV", ["production"]],
    ["string", "A", ["hello"]],
    ["secret", "SESSION_KEY", ["x"]],
    ["secret", "DB_PASSWORD", [""]],
    ["secret", "stripeApiKey", ["x"]],
    ["secret", "DATABASE", ["postgres://u:pw@h/d"]],
    ["secret", "A", ["ghp_abcdefghijklmnop"]],
    ["secret", "A", ["-----BEGIN RSA PRIVATE KEY-----\nx"]],
    ["secret", "A", ["h7Gk29sLq0ZxP4mVt81BnYwE"]],
    ["secret", "A", ["x\nexport DB_PASSWORD='hunter2'\ny"]],
    ["secret", "A", ['{\n  "stripe": "sk_live_abcdefgh",\n}']],
    ["string", "A", ["a = 1\nb = 2"]],
    ["string", "A", ["a-rather-long-name-of-some-host-or-bucket"]],
    ["string", "ID", ["123e4567-e89b-12d3-a456-426614174000"]],
    ["string", "STRIPE_PUBLIC_KEY", ["pk_live_x"]],
    ["duration", "TOKEN_TTL", ["5m"]],
  ])("%s for %s=%j", (type, key, values) => {
    expect(infer(key, values).type).toBe(type);
  });
});

const inJson = JSON.stringify({ type: "service_account", nested: [{ private_key_id: "1", client_email: "a@b" }] });

describe("a secret within a value is found, whatever the key is called", () => {
  test.each([
    ["in JSON", '{"host":"h","password":"Xk29fjw0sQpa81"}'],
    ["in JSON, deep", inJson],
    ["in JSON within JSON", JSON.stringify({ settings: JSON.stringify({ token: "t" }) })],
    ["in a list", '[{"name":"a","value":"ghp_16C7e42F292c6912E7710c838347Ae178B4a"}]'],
    ["in what only nearly is JSON", "{'user': 'u', 'password': 'x'}"],
    ["in a connection string of ADO", "Server=db;User Id=sa;Password=hunter2hunter2;"],
    ["in one of libpq", "host=h user=u password=x"],
    ["in one of JDBC", "jdbc:postgresql://h/db?user=u&password=x"],
    ["in one of Oracle", "jdbc:oracle:thin:scott/tiger@//h:1521/x"],
    ["in one of Go for MySQL", "root:pw@tcp(127.0.0.1:3306)/db"],
    ["in one of several hosts", "mongodb://u:p@h1:27017,h2:27017/db"],
    ["in one without a user", "redis://:s3cr3tpw@h:6379"],
    ["in one of a storage account", "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=abc==;"],
    ["in an authorisation", "Bearer abcdefgh"],
    ["in an authorisation header", "Authorization: Basic dXNlcjpwYXNz"],
    ["in headers of telemetry", "x-api-key=abc,x-tenant=shop"],
    ["in a webhook's address", "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXX"],
    ["in another one's", "https://discord.com/api/webhooks/123/abc"],
    ["in a signed address", "https://x.blob.core.windows.net/c?sv=2020&sig=abc"],
    ["behind a certificate", "-----BEGIN CERTIFICATE-----\nMII\n-----BEGIN PRIVATE KEY-----\nMII\n"],
  ])("%s", (_, value) => {
    expect(infer("A", [value])).toEqual({ type: "secret", of: expect.any(String) });
    const { code } = importDotenv([{ entries: [{ key: "A", value, line: 1 }] }]);
    expect(code).toMatch(/A: secret\(z\.(string|url)\(\)\),/);
  });

  test.each([
    ["Xk29fjw0sQpa81"],
    ["https://0123456789abcdef0123456789abcdef@o1.ingest.sentry.io/1"],
    ["https://ci.example.com/notify/Xk29fjw0sQpa81"],
    ["https://maps.example.com/js?key=Maps-of-shop"],
  ])("in doubt it is one, and said to be in doubt: %s", (value) => {
    expect(infer("A", [value])).toMatchObject({ type: "secret", isDoubtful: true });
    expect(infer("A", [value], true).type).not.toBe("secret");
    const { keys } = importDotenv([{ entries: [{ key: "A", value, line: 1 }] }]);
    expect(keys).toEqual([{ key: "A", kind: "secret", isDoubtful: true }]);
  });

  test("what somebody says is open stays hidden when it is no matter of doubt", () => {
    expect(infer("A", ["postgres://u:pw@h/d"], true).type).toBe("secret");
  });

  test.each([
    ["http://localhost:8080/path@x"],
    ["node20-alpine3.19"],
    ["shop:1.2.3@sha256:9f86d081"],
    ['{"passwordMinLength":8,"token":""}'],
    ["max-age=31536000; includeSubDomains"],
    ["2026-01-01T00:00:00Z"],
    ["-----BEGIN CERTIFICATE-----\nMIIDazCCAlOgAwIBAgIUabcdefghijkl1234567890\n"],
  ])("and %s has none", (value) => {
    expect(infer("A", [value]).type).not.toBe("secret");
  });
});

describe("the code that is made", () => {
  const file = (text: string, environment?: string) => ({
    entries: parseDotenv(text).entries,
    ...(environment !== undefined && { environment }),
  });

  test("has the values, typed, and none of the secrets", () => {
    const { code, keys } = importDotenv([
      file('TTL=30s\nN=5\nON=true\nURL=http://x/\nTOKEN=hunter2\nT=it\'s "b"\nPORT=1\na.b=1'),
    ]);
    expect(code).toBe(`import { duration, secret } from "tidegate";
import { z } from "zod";

/** For \`config\` of the project. */
export const config = {
  TTL: duration("30s"),
  N: z.int().default(5),
  ON: z.boolean().default(true),
  URL: z.url().default("http://x/"),
  TOKEN: secret(z.string()),
  T: z.string().default("it's \\"b\\""),
};
`);
    expect(keys.filter(({ kind }) => kind === "leftOut")).toEqual([
      { key: "PORT", kind: "leftOut", because: "reserved" },
      { key: "a.b", kind: "leftOut", because: "name" },
    ]);
  });

  test("declares what differs between environments, over what all have", () => {
    const { code } = importDotenv([file("A=1\nB=x\nC=same"), file("A=2", "staging"), file("B=y\nONLY=1", "eu-west")]);
    expect(code).toContain(`A: differs(z.int(), `);
    expect(code).toContain(`ONLY: differs(z.int().optional(), `);
    expect(code).toContain(`C: z.string().default("same"),`);
    expect(code).toContain(`  staging: { A: 2, B: "x" },\n  "eu-west": { A: 1, B: "y", ONLY: 1 },\n`);
  });

  test("is JavaScript whatever the values are", async () => {
    const odd = ["\u2028", "`$", "{1}`", "*/", "</script>", "\\", "\"'", "a\nb"];
    const text = odd.map((value, index) => `K${index}='${value.replaceAll("'", "")}'`).join("\n");
    const { code } = importDotenv([file(`${text}\n__proto__=1\nJ={"__proto__":1}`)]);
    const plain = code
      .replace(/^import .*$/gm, "")
      .replace(/^export const/gm, "globalThis.out =")
      .replaceAll("out = config", "out");
    const z = new Proxy({}, { get: () => () => ({ default: (value: unknown) => value }) });
    const run = new Function(
      "z",
      `const globalThis = {};${plain.replace("globalThis.out config", "globalThis.out")}; return globalThis.out;`,
    );
    const out = run(z) as Record<string, unknown>;
    expect(Object.keys(out)).toContain("__proto__");
    expect(odd.map((value) => value.replaceAll("'", ""))).toEqual(odd.map((_, index) => out[`K${index}`]));
  });
});
