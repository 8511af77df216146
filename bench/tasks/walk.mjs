// The least that any tool has to do in Node to know that no source has changed: one walk, one stat for each file.
import { lstatSync, readdirSync } from "node:fs";

function walk(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (entry.name !== "node_modules" && entry.name !== "dist") walk(path);
    } else lstatSync(path);
  }
}

walk("packages");
