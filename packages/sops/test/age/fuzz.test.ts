import { expect, test } from "vitest";
import { generateIdentity } from "../../src/age/identity.ts";
import { parseIdentities } from "../../src/age/parse-identities.ts";
import { fuzzRuns, randomOf } from "../fuzz.ts";

test("any text holds identities or is refused, and no failure shows a key", async () => {
  const identity = await generateIdentity("x25519");
  const text = identity.reveal();
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
