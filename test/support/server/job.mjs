// A migration or a check: `job.mjs migrate|check`. What it does stands in `version.json`.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const version = JSON.parse(readFileSync(new URL("version.json", import.meta.url), "utf8"));
const [kind] = process.argv.slice(2);
const does = version[kind];
// Each run leaves a line, so that a test can count them.
appendFileSync(join(process.env.TIDEGATE_DATA_DIR, `${kind}.log`), `${version.label}\n`);
if (version.tells) console.log(`${kind} was given ${process.env.TOKEN}`);
if (typeof does === "string") while (!existsSync(join(version.gates, does))) await wait(10);
if (does === false) {
  console.error(`${version.label}: the ${kind} says no`);
  process.exit(3);
}
