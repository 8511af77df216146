import { existsSync } from "node:fs";
import { join } from "node:path";
import type { KeyLookup } from "./key-lookup.ts";

/** The SSH keys that SOPS would try, and Tidegate does not: names of variables and files. */
export function sshKeys({ variables }: KeyLookup): string[] {
  const names = ["SOPS_AGE_SSH_PRIVATE_KEY_FILE", "SOPS_AGE_SSH_PRIVATE_KEY_CMD"];
  const home = variables.HOME ?? "";
  const files = home === "" ? [] : ["id_ed25519", "id_rsa"].map((name) => join(home, ".ssh", name));
  return [...names.filter((name) => variables[name] !== undefined), ...files.filter((file) => existsSync(file))];
}
