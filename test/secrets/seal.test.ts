import { createCipheriv } from "node:crypto";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { environmentProvider, variableOf } from "../../src/secrets/providers/environment-provider.ts";
import { seal, unseal } from "../../src/secrets/seal.ts";
import { Secret, type Secrets } from "../../src/secrets/secret.ts";

const key = Buffer.alloc(32, 7);
const values = {
  ...Object.fromEntries([
    ["__proto__", "p"],
    ["constructor", "c"],
  ]),
  KEY: "hunter2 日\n",
  EMPTY: "",
};

const secrets: Secrets = new Map(Object.entries(values).map(([name, value]) => [name, new Secret(value)]));

function revealed(opened: Secrets): [string, string][] {
  return [...opened].map(([name, secret]) => [name, secret.reveal()]);
}

test("what was sealed is unsealed, and never sealed to the same text twice", () => {
  const sealed = seal(secrets, key);
  const opened = unseal(sealed, key);
  expect(opened.ok && revealed(opened.value)).toEqual(Object.entries(values));
  expect(inspect(opened, { depth: 9, showHidden: true })).not.toContain("hunter2");
  expect(sealed).not.toContain("hunter2");
  expect(seal(secrets, key)).not.toBe(sealed);
});

test("a text sealed by the documented format is unsealed", () => {
  const nonce = Buffer.alloc(12, 1);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from("tgs1."));
  const body = Buffer.concat([cipher.update('{"A":"b"}'), cipher.final()]);
  const sealed = `tgs1.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64url")}`;
  const opened = unseal(sealed, key);
  expect(opened.ok && revealed(opened.value)).toEqual([["A", "b"]]);
});

test("every changed, missing or added byte is refused, and nothing of it is told", () => {
  const sealed = seal(new Map([["KEY", new Secret("hunter2")]]), key);
  const bytes = Buffer.from(sealed.slice(5), "base64url");
  const changed = [...bytes.keys()].map((at) => {
    const copy = Buffer.from(bytes);
    copy[at] = copy[at]! ^ 1;
    return copy;
  });
  for (const wrong of [
    ...changed,
    bytes.subarray(0, -1),
    Buffer.concat([bytes, Buffer.from([0])]),
    bytes.subarray(0, 20),
    Buffer.alloc(0),
  ]) {
    const opened = unseal(`tgs1.${wrong.toString("base64url")}`, key);
    expect(opened).toMatchObject({ ok: false, failures: [{ code: "secret-unreadable" }] });
    expect(JSON.stringify(opened)).not.toContain("hunter2");
  }
});

test("another key, another format and no text at all are refused", () => {
  const sealed = seal(secrets, key);
  expect(unseal(sealed, Buffer.alloc(32, 8))).toMatchObject({ ok: false });
  expect(unseal(sealed, Buffer.alloc(16, 7))).toMatchObject({ ok: false });
  expect(unseal(sealed.replace("tgs1.", "tgs2."), key)).toMatchObject({ ok: false });
  expect(unseal("", key)).toMatchObject({ ok: false });
  expect(() => seal(secrets, Buffer.alloc(16))).toThrow(RangeError);
});

test("a secret's variable has the environment's name, a shared one's has not", () => {
  expect(variableOf({ environment: "pre-prod", key: "KEY", shared: false })).toBe("PRE_PROD_KEY");
  expect(variableOf({ environment: "pre-prod", key: "KEY", shared: true })).toBe("KEY");
});

test("secrets are read from the caller's environment, one answer per request", async () => {
  const provider = environmentProvider({ STAGING_A: "a", B: "b", STAGING_EMPTY: "" });
  const request = (key: string, shared = false) => ({ environment: "staging", key, shared });
  const readings = await provider.read([request("B", true), request("A"), request("EMPTY"), request("toString")]);
  expect(readings).toMatchObject([{ state: "found" }, { state: "found" }, { state: "missing" }, { state: "missing" }]);
  expect(readings.map((reading) => (reading.state === "found" ? reading.secret.reveal() : ""))).toEqual([
    "b",
    "a",
    "",
    "",
  ]);
  expect(inspect(readings)).not.toContain('"a"');
});

test("two secrets that would be read from one variable are refused", async () => {
  const provider = environmentProvider({ A_B_C: "x" });
  const readings = await provider.read([
    { environment: "a", key: "B_C", shared: false },
    { environment: "a-b", key: "C", shared: false },
    { environment: "a", key: "A_B_C", shared: true },
    { environment: "b", key: "A_B_C", shared: true },
  ]);
  expect(readings.map(({ state }) => state)).toEqual(Array(4).fill("unreadable"));
  expect(readings[0]).toMatchObject({
    failure: { message: "The environment variable A_B_C would hold several secrets: B_C of a, C of a-b, A_B_C" },
  });
});

test("an inherited property of the caller's environment is no secret", async () => {
  const provider = environmentProvider({});
  const [reading] = await provider.read([{ environment: "x", key: "constructor", shared: true }]);
  expect(reading).toMatchObject({ state: "missing" });
});
