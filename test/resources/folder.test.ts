import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderProvider } from "../../src/resources/folder/folder-provider.ts";
import { describeProvider } from "./conformance.ts";

const spec = { resource: "folder", name: "files", backup: { keep: 5, maxAgeMs: 0 } } as const;

describeProvider("folder", () => ({
  provider: folderProvider(),
  spec,
  put: async (outputs, text) => writeFileSync(join(String(outputs.path), "text"), text),
  get: async (outputs) => {
    const file = join(String(outputs.path), "text");
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  },
  alter: async (_, outputs) => chmodSync(String(outputs.path), 0o755),
  left: (host) => readdirSync(host.folder),
}));
