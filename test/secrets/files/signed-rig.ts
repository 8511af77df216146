import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  createSops,
  formatOf,
  generateIdentity,
  type Identity,
  type OpenSops,
  signerOf,
  withSigner,
} from "@tidegate/sops";
import { parseEntry, printEntry, signedMessage } from "../../../packages/sops/src/signing/entry.ts";
import type { Result } from "../../../src/errors/result.ts";
import { readSecretsFile, type StoredSecrets } from "../../../src/secrets/files/read-file.ts";
import type { SecretReading } from "../../../src/secrets/provider.ts";
import { fileProvider } from "../../../src/secrets/providers/file-provider.ts";
import { tempFolder } from "../../support/temp-folder.ts";

/** A repository with a signed secrets file of staging, written without the use cases: every counter can be had. */
export class SignedRig {
  readonly folder = tempFolder({ "README.md": "shop\n", "secrets/.keep": "" });
  readonly name: string;
  readonly path: string;
  readonly #identity: Identity;

  private constructor(identity: Identity, ending: string) {
    this.#identity = identity;
    this.name = `secrets/staging.${ending}`;
    this.path = join(this.folder, this.name);
    const { recipient } = identity;
    const { publicKey } = signerOf(identity, "");
    writeFileSync(join(this.folder, "secrets/signers"), withSigner(undefined, { name: "ada", recipient, publicKey }));
  }

  static async open(ending = "yaml", hasGit = true): Promise<SignedRig> {
    const rig = new SignedRig(await generateIdentity("x25519"), ending);
    if (!hasGit) return rig;
    rig.git("init", "--quiet", "--initial-branch=main", ".");
    rig.git("config", "user.name", "Ada");
    rig.git("config", "user.email", "ada@example.com");
    return rig;
  }

  git(...args: string[]): string {
    return execFileSync("git", args, { cwd: this.folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  commit(message = "more"): string {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--message", message);
    return this.git("rev-parse", "HEAD").trim();
  }

  /** The file with a value and a counter; 0: signed as older Tidegates did. `by`: somebody who may not sign. */
  async write(value: string, counter: number, by = this.#identity): Promise<void> {
    const open: OpenSops = (
      await createSops(formatOf(this.path)!, { path: this.path, recipients: [this.#identity.recipient] })
    ).with([{ path: ["TOKEN"], value }]);
    const signer = signerOf(by, this.name.replace("secrets/", ""));
    const printed = await open.print({ now: new Date(0), sign: signer, counter: Math.max(counter, 1) });
    if (!printed.ok) throw new Error(JSON.stringify(printed.failures));
    const text = Buffer.from(printed.value).toString();
    writeFileSync(this.path, counter > 0 ? text : withoutCounter(text, (message) => signer.sign(message)));
  }

  bytes(): string {
    return readFileSync(this.path, "utf8");
  }

  put(bytes: string): void {
    writeFileSync(this.path, bytes);
  }

  /** As an opening reads it. */
  read(variables: Readonly<Record<string, string>> = {}): Promise<Result<StoredSecrets>> {
    const env = { PATH: process.env.PATH, ...variables };
    return readSecretsFile(this.path, { layout: { folder: this.folder }, place: "staging", variables: env });
  }

  /** As a deployment does. */
  async deploy(variables: Readonly<Record<string, string>> = {}): Promise<SecretReading> {
    const env = { PATH: process.env.PATH, SOPS_AGE_KEY: this.#identity.reveal(), ...variables };
    const keys = { variables: env, platform: process.platform, folder: this.folder };
    const provider = fileProvider({ layout: { folder: this.folder }, keys });
    const [reading] = await provider.read([{ environment: "staging", key: "TOKEN", shared: false }]);
    return reading!;
  }

  /** The code that reading it is refused with; `good` when it is not. */
  async verdict(variables?: Readonly<Record<string, string>>): Promise<string> {
    const read = await this.read(variables);
    return read.ok ? "good" : read.failures[0]!.code;
  }

  isThere(): boolean {
    return existsSync(this.path);
  }
}

function withoutCounter(text: string, sign: (message: Uint8Array) => Uint8Array): string {
  return text.replace(/tgsig2\.[\w.:-]+/, (entry) => {
    const { counter: _, ...before } = parseEntry(entry)!;
    return printEntry({ ...before, signature: Buffer.from(sign(signedMessage(before))) });
  });
}
