import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { inReadOnly } from "../support/remove-tree.ts";
import { driverConformance } from "./conformance.ts";
import { anotherLocal, copyIn, createLocal, type LocalUnderTest } from "./support.ts";

driverConformance("local", () => createLocal(), {
  another: async (under) => anotherLocal(under as LocalUnderTest),
  tamper: async (under, path, text) => {
    const file = join(copyIn(under as LocalUnderTest), path);
    inReadOnly(copyIn(under as LocalUnderTest), () => {
      mkdirSync(dirname(file), { recursive: true });
      rmSync(file, { force: true });
      writeFileSync(file, text);
    });
  },
});
