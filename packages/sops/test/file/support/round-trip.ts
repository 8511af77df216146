import { expect } from "vitest";
import { createSops } from "../../../src/file/create-sops.ts";
import type { OpenSops } from "../../../src/file/types.ts";
import type { SopsFormat } from "../../../src/text/sops-format.ts";
import { randomSelector } from "./documents.ts";
import { changedLines, encrypt, type Key, later, opened, printed, unwrap } from "./files.ts";
import { Random } from "./random.ts";

/** Write → read → edit one value → write, over and over. */
export async function roundTrip(
  key: Key,
  format: SopsFormat,
  seed: number,
  make: (random: Random) => string | Uint8Array,
): Promise<void> {
  const random = new Random(seed);
  const plaintext = make(random);
  const selector = format === "yaml" ? randomSelector(random, true) : randomSelector(random, false);
  const options = { recipients: [key.recipient], macOnlyEncrypted: random.chance(0.3), ...(selector && { selector }) };
  const text = await encrypt(format, plaintext, options);
  const first = await opened(format, text, key.identity);
  const original = unwrap((await createSops(format, options)).withPlaintext(Buffer.from(plaintext)));
  expect(first.get([]), `seed ${seed}`).toEqual(original.get([]));
  expect(Buffer.from(first.plaintext()).toString(), `seed ${seed}`).toBe(
    Buffer.from(unwrap(original.withPlaintext(first.plaintext())).plaintext()).toString(),
  );
  await expectSmallEdit(key, format, seed, text, first, random);
}

async function expectSmallEdit(
  key: Key,
  format: SopsFormat,
  seed: number,
  text: string,
  open: OpenSops,
  random: Random,
): Promise<void> {
  const untouched = seed % 5 === 0 ? await printed(open, later) : text;
  expect(
    changedLines(text, untouched).every((line) => /mac|lastmodified/.test(line)),
    `seed ${seed}`,
  ).toBe(true);
  const candidates = open.leaves.filter(({ isEncrypted, type }) => isEncrypted && type !== "null");
  if (candidates.length === 0) return;
  const leaf = random.pick(candidates);
  const value = `${leaf.value} edited`.replaceAll("\\n", "");
  const edited =
    format === "binary" ? unwrap(open.withPlaintext(Buffer.from(value))) : open.with([{ path: leaf.path, value }]);
  const after = await printed(edited, later);
  const changed = changedLines(text, after);
  expect(changed.length, `seed ${seed}: ${changed.join("\n")}`).toBeLessThanOrEqual(3);
  // To unwrap the data key takes longest by far.
  if (seed % 5 === 0) expect((await opened(format, after, key.identity)).get(leaf.path), `seed ${seed}`).toBe(value);
}
