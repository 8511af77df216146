import { expect, test } from "vitest";
import { createSops } from "../../src/file/create-sops.ts";
import type { Change, KeyPath, PlainValue } from "../../src/file/types.ts";
import { fuzzRuns } from "../fuzz.ts";
import { randomKey, randomMap, randomValue } from "./support/documents.ts";
import { unwrap } from "./support/files.ts";
import { Random } from "./support/random.ts";
import { randomJson } from "./support/texts.ts";
import { YamlWriter } from "./support/yaml-writer.ts";

const rounds = fuzzRuns(400);

/** The same change to plain maps and lists: what the text must say afterwards. */
function changed(value: PlainValue, path: KeyPath, change: Change): PlainValue {
  const [step, ...rest] = path;
  if (Array.isArray(value)) {
    const list = [...(value as readonly PlainValue[])];
    if (rest.length > 0) list[step as number] = changed(list[step as number]!, rest, change);
    else if ("remove" in change) list.splice(step as number, 1);
    else list[step as number] = change.value;
    return list;
  }
  const map = new Map(value as ReadonlyMap<string, PlainValue>);
  const key = step as string;
  if (rest.length > 0) map.set(key, changed(map.get(key)!, rest, change));
  else if ("remove" in change) map.delete(key);
  else map.set(key, change.value);
  return map;
}

/** A path to something that is there, or to one more entry of a collection. */
function randomPath(random: Random, value: PlainValue, path: KeyPath = []): KeyPath {
  const isList = Array.isArray(value);
  const steps = isList ? [...value.keys()] : value instanceof Map ? [...value.keys()] : [];
  if (random.chance(0.2) || steps.length === 0) {
    return [...path, isList ? steps.length : randomKey(random)];
  }
  const step = random.pick<string | number>(steps);
  const child = (
    isList ? value[step as number] : (value as ReadonlyMap<string, PlainValue>).get(step as string)
  ) as PlainValue;
  const isNested = child instanceof Map || Array.isArray(child);
  return isNested && random.chance(0.7) ? randomPath(random, child, [...path, step]) : [...path, step];
}

test.each([
  ["yaml", (random: Random) => new YamlWriter(random).write(randomMap(random, 4, true))],
  ["json", randomJson],
] as const)("random changes to %s documents do what they do to maps and lists", async (format, make) => {
  for (let seed = 0; seed < rounds; seed += 1) {
    const random = new Random(50_000 + seed);
    let open = unwrap((await createSops(format, { recipients: [] })).withPlaintext(Buffer.from(make(random))));
    for (let count = 0; count < 6; count += 1) {
      const before = open.get([])!;
      const path = randomPath(random, before);
      const change: Change = random.chance(0.35) ? { path, remove: true } : { path, value: randomValue(random, 2) };
      const plaintext = Buffer.from(open.plaintext()).toString();
      open = open.with([change]);
      const shown = `seed ${seed}: ${JSON.stringify(path)} in\n${plaintext}\nbecame\n${Buffer.from(open.plaintext())}`;
      expect(open.get([]), shown).toEqual(changed(before, path, change));
      expect(unwrap(open.withPlaintext(open.plaintext())).get([]), shown).toEqual(open.get([]));
    }
  }
});
