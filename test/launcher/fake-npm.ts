import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodePackage } from "../../src/launcher/fetch-node.ts";

export interface FakeNpm {
  /** For PATH. */
  readonly bin: string;
  /** Of the package that it gives. */
  readonly integrity: string;
  /** What it was called with, a line each. */
  calls(): string[];
}

/** An npm that packs a Node which only says its version, below `folder`. `program`: another text for that Node. */
export function fakeNpm(folder: string, version: string, program = `#!/bin/sh\necho v${version}\n`): FakeNpm {
  const bin = join(folder, "fake npm");
  const made = join(folder, "made/package");
  mkdirSync(bin, { recursive: true });
  mkdirSync(join(made, "bin"), { recursive: true });
  writeFileSync(join(made, "package.json"), `{ "name": "${nodePackage}", "version": "${version}" }`);
  writeFileSync(join(made, "bin/node"), program);
  const tarball = join(folder, `${nodePackage}-${version}.tgz`);
  execFileSync("tar", ["czf", tarball, "-C", join(folder, "made"), "package"]);
  const log = join(folder, "npm.log");
  writeFileSync(log, "");
  writeFileSync(
    join(bin, "npm"),
    `#!/bin/sh\necho "$PWD: $*" >>"${log}"\nwhile [ "$1" != --pack-destination ]; do shift; done\ncp "${tarball}" "$2/"\n`,
  );
  chmodSync(join(bin, "npm"), 0o755);
  return {
    bin,
    integrity: `sha512-${createHash("sha512").update(readFileSync(tarball)).digest("base64")}`,
    calls: () => readFileSync(log, "utf8").split("\n").slice(0, -1),
  };
}
