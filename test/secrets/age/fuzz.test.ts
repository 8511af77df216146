import { expect, test } from "vitest";
import { generateIdentity } from "../../../src/secrets/age/generate-identity.ts";
import { parseIdentities } from "../../../src/secrets/age/parse-identities.ts";
import { fuzzRuns, randomOf } from "../fuzz.ts";

test("any text holds identities or is refused, and no failure shows a key", async () => {
  const { key } = await generateIdentity("x25519");
  const text = key.reveal();
  const random = randomOf("identities");
  const parts = [
    text,
    text.slice(0, 40),
    text.toLowerCase(),
    "\n",
    "\r\n",
    " ",
    "#",
    "AGE-PLUGIN-X",
    "\ud800",
    "-----BEGIN AGE",
    "\0",
  ];
  for (let run = 0; run < fuzzRuns(1000); run++) {
    const source = { text: random.text(parts, 10), origin: "x", isVariable: random.below(2) === 0 };
    const parsed = await parseIdentities(source);
    expect(JSON.stringify(parsed).toUpperCase()).not.toContain(text.slice(0, 40));
  }
});
