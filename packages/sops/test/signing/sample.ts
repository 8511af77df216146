import type { Identity } from "../../src/age/identity.ts";
import { generateIdentity } from "../../src/age/identity.ts";
import type { SignableFile, SignableLeaf } from "../../src/signing/signable.ts";
import { signerOf } from "../../src/signing/signer.ts";
import type { SignersFile } from "../../src/signing/signers-file.ts";

export const subject = "production.yaml";
export const now = new Date("2026-03-04T05:06:07.890Z");

export function secretLeaf(path: SignableLeaf["path"], data: string, type = "str"): SignableLeaf {
  return { path, type, isEncrypted: true, text: `ENC[AES256_GCM,data:${data},iv:aXY=,tag:dGFn,type:${type}]` };
}

export function plainLeaf(path: SignableLeaf["path"], text: string, type = "str"): SignableLeaf {
  return { path, type, isEncrypted: false, text };
}

export const sample: SignableFile = {
  format: "yaml",
  leaves: [
    secretLeaf(["password"], "cGFzcw=="),
    secretLeaf(["is_admin"], "dHJ1ZQ==", "bool"),
    plainLeaf(["app", "region_unencrypted"], "eu"),
    plainLeaf(["numbers_unencrypted", 0], "123", "int"),
    plainLeaf(["numbers_unencrypted", 1], "456", "int"),
    secretLeaf(["list", 0], "b25l"),
    secretLeaf(["list", 1], "dHdv"),
  ],
  comments: [{ path: [], position: 1, text: "ENC[AES256_GCM,data:YQ==,iv:aXY=,tag:dGFn,type:comment]" }],
  selectors: { unencrypted_suffix: "_unencrypted", mac_only_encrypted: "false" },
  recipients: [
    { group: 0, kind: "age", id: "age1alice", wrap: "-----BEGIN AGE A" },
    { group: 0, kind: "age", id: "age1bob", wrap: "-----BEGIN AGE B" },
    { group: 0, kind: "kms", id: "arn:aws:kms:eu:1:key/a", wrap: '{"enc":"x"}' },
  ],
  mac: "ENC[AES256_GCM,data:bWFj,iv:aXY=,tag:dGFn,type:str]",
  lastmodified: "2026-03-04T05:06:07Z",
};

/** The same file with one leaf another. */
export function withLeaf(index: number, leaf: Partial<SignableLeaf>): SignableFile {
  return { ...sample, leaves: sample.leaves.map((one, at) => (at === index ? { ...one, ...leaf } : one)) };
}

export interface Writer {
  readonly identity: Identity;
  readonly signers: SignersFile;
}

/** Somebody who may write, alone. */
export async function newWriter(name = "alice"): Promise<Writer> {
  const identity = await generateIdentity("x25519");
  const { publicKey } = signerOf(identity, subject);
  const entries = [{ name, recipient: identity.recipient, publicKey, line: 1 }];
  return { identity, signers: { path: "/project/secrets/signers", entries } };
}
