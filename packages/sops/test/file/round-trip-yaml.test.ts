import { beforeAll, expect, test } from "vitest";
import { thoroughly } from "../../../../test/support/require.ts";
import { createSops } from "../../src/file/create-sops.ts";
import { randomMap } from "./support/documents.ts";
import { type Key, makeKey, opened, printed } from "./support/files.ts";
import { Random } from "./support/random.ts";
import { roundTrip } from "./support/round-trip.ts";
import { YamlWriter } from "./support/yaml-writer.ts";

const documents = thoroughly(1000, 300);
let key: Key;

beforeAll(async () => {
  key = await makeKey();
});

test(`${documents} YAML documents survive writing, reading, and the edit of one value`, async () => {
  for (let seed = 0; seed < documents; seed += 1) {
    await roundTrip(key, "yaml", seed, (random) => new YamlWriter(random).write(randomMap(random, 4, true)));
  }
});

test("200 YAML documents that are set value by value are read as they were set", async () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const values = randomMap(new Random(seed), 4, true);
    const changes = [...values].map(([name, value]) => ({ path: [name], value }));
    const text = await printed((await createSops("yaml", { recipients: [key.recipient] })).with(changes));
    expect((await opened("yaml", text, key.identity)).get([]), `seed ${seed}`).toEqual(values);
  }
});
