import { beforeAll, test } from "vitest";
import { type Key, makeKey } from "./support/files.ts";
import { roundTrip } from "./support/round-trip.ts";
import { randomBytes, randomDotenv, randomJson } from "./support/texts.ts";

let key: Key;

beforeAll(async () => {
  key = await makeKey();
});

test.each([
  ["json", randomJson],
  ["dotenv", randomDotenv],
  ["binary", randomBytes],
] as const)("1,000 %s documents survive writing, reading, and the edit of one value", async (format, make) => {
  for (let seed = 0; seed < 1000; seed += 1) await roundTrip(key, format, seed, make);
});
