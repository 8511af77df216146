import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stepsOf } from "./brain.ts";
import { migrate, steadily } from "./store.ts";

const { DATABASE_URL } = process.env;
if (DATABASE_URL === undefined) throw new Error("DATABASE_URL is not set");
const dna = JSON.parse(readFileSync(join(import.meta.dirname, "brain/DNA.json"), "utf8"));
// A backup by its schedule may begin at the same time: the migration is one transaction, and is begun again.
await steadily(() => migrate(DATABASE_URL, stepsOf(dna)));
