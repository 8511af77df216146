import { openDatabase } from "./database.ts";
import { migrate } from "./migrations.ts";
import { dataFolder } from "./settings.ts";

const database = openDatabase(dataFolder(process.env));
const { from, to } = migrate(database);
database.close();
console.log(from === to ? `schema is at version ${to}` : `schema migrated from version ${from} to ${to}`);
