/** What is released: the service, and the state files that its database begins with. Node runs its TypeScript as it is. */
import { cpSync, mkdirSync, rmSync } from "node:fs";

rmSync("dist", { recursive: true, force: true });
cpSync("service", "dist", { recursive: true });
mkdirSync("dist/brain", { recursive: true });
cpSync("01_Machine/03_Brain/DNA.json", "dist/brain/DNA.json");
