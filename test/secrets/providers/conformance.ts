import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { SecretProvider, SecretReading, SecretRequest } from "../../../src/secrets/provider.ts";

/** A provider under test and the outside world behind it. */
export interface ProviderRig {
  readonly provider: SecretProvider;
  /** The request that asks for a key, as the definition would have it. */
  request(environment: string, key: string, shared?: boolean): SecretRequest;
  /** How often the outside was asked. */
  asked(): number;
}

export interface ProviderCase {
  /** Makes a provider over a place that has these values: by environment (or `shared`), then key. */
  open(values: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<ProviderRig>;
  /** A provider whose place cannot be reached, though the value is there. Absent with the reason: it always can be. */
  readonly down: (() => Promise<ProviderRig>) | { readonly never: string };
  /** How often the outside is asked for two keys of one environment. */
  readonly perEnvironment: number;
}

const value = "correct horse battery staple 'quoted' \"twice\" $HOME `x` ü 🗝";
const multiLine = "-----BEGIN KEY-----\nabc\n\ndef\n-----END KEY-----";

/** What every provider promises: see `SecretProvider`. */
export function providerConformance(name: string, one: ProviderCase): void {
  describe(`the ${name} provider, as every provider`, () => {
    it("answers each request, in their order", async () => {
      const rig = await one.open({
        staging: { A: "a of staging", B: "b of staging" },
        production: { A: "a of production" },
      });
      const { provider, request } = rig;
      const readings = await provider.read([
        request("production", "A"),
        request("staging", "B"),
        request("staging", "A"),
      ]);
      expect(readings.map(revealed)).toEqual(["a of production", "b of staging", "a of staging"]);
    });

    it("answers nothing with nothing", async () => {
      const { provider } = await one.open({});
      expect(await provider.read([])).toEqual([]);
    });

    it("keeps every character of a value, lines too", async () => {
      const { provider, request } = await one.open({ staging: { A: value, B: multiLine } });
      const readings = await provider.read([request("staging", "A"), request("staging", "B")]);
      expect(readings.map(revealed)).toEqual([value, multiLine]);
    });

    it("takes a shared secret from one place for all environments", async () => {
      const { provider, request } = await one.open({ shared: { A: "the same" } });
      const readings = await provider.read([request("staging", "A", true), request("production", "A", true)]);
      expect(readings.map(revealed)).toEqual(["the same", "the same"]);
    });

    it("says how to give a missing one a value, and where a found one was", async () => {
      const { provider, request } = await one.open({ staging: { A: "there" } });
      const [found, missing] = await provider.read([request("staging", "A"), request("staging", "B")]);
      expect(found).toMatchObject({ state: "found", origin: { kind: expect.any(String) } });
      expect(missing).toMatchObject({ state: "missing", hint: expect.stringMatching(/./) });
    });

    it("takes an empty value for a missing one", async () => {
      const { provider, request } = await one.open({ staging: { A: "" } });
      expect(await provider.read([request("staging", "A")])).toMatchObject([{ state: "missing" }]);
    });

    it("takes keys that JavaScript gives a meaning for keys", async () => {
      const { provider, request } = await one.open({ staging: { A: "a" } });
      const keys = ["constructor", "toString", "hasOwnProperty"];
      const readings = await provider.read(keys.map((key) => request("staging", key)));
      expect(readings.map(({ state }) => state)).toEqual(["missing", "missing", "missing"]);
    });

    it("asks the outside once in a call, however often it is asked", async () => {
      const { provider, request, asked } = await one.open({ staging: { A: "a", B: "b" } });
      await provider.read([request("staging", "A"), request("staging", "B"), request("staging", "A")]);
      await provider.read([request("staging", "B")]);
      expect(asked()).toBe(one.perEnvironment);
    });

    it("shows no value when a reading is printed", async () => {
      const { provider, request } = await one.open({ staging: { A: value } });
      const readings = await provider.read([request("staging", "A")]);
      expect(`${inspect(readings, { depth: 9 })}${JSON.stringify(readings)}`).not.toContain("battery");
    });

    const { down } = one;
    if (typeof down !== "function") it.skip(`is unreadable when it is down: ${down.never}`);
    else
      it("is unreadable when it is down: never missing, never empty, and says why without a value", async () => {
        const { provider, request } = await down();
        const [reading] = await provider.read([request("staging", "A")]);
        expect(reading).toMatchObject({ state: "unreadable", failure: { message: expect.stringContaining("A") } });
        expect(inspect(reading, { depth: 9 })).not.toContain("battery");
      });
  });
}

export function revealed(reading: SecretReading): string {
  return reading.state === "found" ? reading.secret.reveal() : reading.state;
}

/** The value that a failure must not contain (`battery`). */
export const hiddenValue = value;
