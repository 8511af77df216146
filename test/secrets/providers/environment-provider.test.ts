import { expect, it } from "vitest";
import { environmentProvider, variableOf } from "../../../src/secrets/providers/environment-provider.ts";
import { providerConformance } from "./conformance.ts";

providerConformance("environment", {
  open: async (values) => {
    const request = (environment: string, key: string, shared = false) => ({ environment, key, shared });
    const variables = Object.entries(values).flatMap(([environment, keys]) =>
      Object.entries(keys).map(([key, value]) => [
        variableOf(request(environment, key, environment === "shared")),
        value,
      ]),
    );
    return { provider: environmentProvider(Object.fromEntries(variables)), request, asked: () => 0 };
  },
  down: { never: "a variable is set or is not" },
  perEnvironment: 0,
});

it("reads the variable that the definition names", async () => {
  const provider = environmentProvider({ DB_EU_WEST: "one", DB_SHARED: "two", DB: "three" });
  const from = (name: string) => ({ kind: "secretSource", source: "variable", name }) as const;
  const readings = await provider.read([
    { environment: "eu-west", key: "PASSWORD", shared: false, from: from("DB_{environment}") },
    { environment: "eu-west", key: "PASSWORD", shared: true, from: from("DB_{environment}") },
    { environment: "eu-west", key: "DB", shared: false, from: from("{key}") },
  ]);
  expect(readings.map((reading) => reading.state === "found" && reading.secret.reveal())).toEqual([
    "one",
    "two",
    "three",
  ]);
});
