import { beforeAll, test } from "vitest";
import { thoroughly } from "../../../../test/support/require.ts";
import { type Key, makeKey } from "./support/files.ts";
import { roundTrip } from "./support/round-trip.ts";
import { randomBytes, randomDotenv, randomJson } from "./support/texts.ts";

const documents = thoroughly(1000, 300);
let key: Key;

beforeAll(async () => {
  key = await makeKey();
});

test.each([
  ["json", randomJson],
  ["dotenv", randomDotenv],
  ["binary", randomBytes],
] as const)(`${documents} %s documents survive writing, reading, and the edit of one value`, async (format, make) => {
  for (let seed = 0; seed < documents; seed += 1) await roundTrip(key, format, seed, make);
});
