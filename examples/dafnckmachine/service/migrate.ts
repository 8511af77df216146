import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stepsOf } from "./brain.ts";
import { migrate } from "./store.ts";

const { DATABASE_URL } = process.env;
if (DATABASE_URL === undefined) throw new Error("DATABASE_URL is not set");
const dna = JSON.parse(readFileSync(join(import.meta.dirname, "brain/DNA.json"), "utf8"));
await migrate(DATABASE_URL, stepsOf(dna));
