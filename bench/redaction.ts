import { generateKeyPairSync, randomBytes } from "node:crypto";
import { cpus } from "node:os";
import { createByteRedactor } from "../src/secrets/redaction/byte-redactor.ts";
import { formsOf } from "../src/secrets/redaction/forms.ts";
import { searchFor } from "../src/secrets/redaction/search.ts";
import { Secret } from "../src/secrets/secret.ts";

/**
 * How fast output passes through redaction with 100 secrets, on one core: in pieces of 64 KiB as pipes give them, against
 * a pass that only copies. Goal: at least 200 MB/s. Medians of several rounds, in turn; time of the processor, so that
 * other programs count less.
 */
const goal = 200;
const rounds = 7;
const pieceSize = 64 * 1024;
const totalSize = 64 * 1024 * 1024;

const secrets = makeSecrets();
const begun = process.cpuUsage();
const forms = secrets.reduce((sum, secret) => sum + formsOf(secret).length, 0);
searchFor(secrets);
const prepared = process.cpuUsage(begun).user / 1000;

console.log(`Node ${process.version}, ${cpus()[0]?.model ?? "?"}; ${secrets.length} secrets, ${forms} forms`);
console.log(`made ready in ${prepared.toFixed(0)} ms; ${totalSize / 1e6} MB in pieces of ${pieceSize / 1024} KiB\n`);
console.log(
  `${"".padEnd(34)}${"MB/s".padStart(8)}${"copy MB/s".padStart(12)}${"ratio".padStart(8)}${"goal".padStart(8)}`,
);

const texts: readonly (readonly [string, Buffer, number | undefined])[] = [
  ["log lines", repeated(logLines()), goal],
  ["log lines, one secret in 4 KiB", repeated(withSecrets(logLines(), 4096)), goal],
  ["base64", Buffer.from(randomBytes((totalSize / 4) * 3).toString("base64")), goal],
  ["random bytes", randomBytes(totalSize), goal],
  ["one line of dashes", Buffer.alloc(totalSize, "-"), undefined],
];
for (const [name, bytes, wanted] of texts) report(name, bytes, wanted);

function report(name: string, bytes: Buffer, wanted: number | undefined): void {
  const redacting: number[] = [];
  const copying: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const redacted = time(bytes, redactAll);
    const copied = time(bytes, copyAll);
    if (round >= 0) {
      redacting.push(redacted);
      copying.push(copied);
    }
  }
  const rate = bytes.length / 1e3 / median(redacting);
  const copyRate = bytes.length / 1e3 / median(copying);
  const missed = wanted !== undefined && rate < wanted ? "  missed" : "";
  const shown = [
    rate.toFixed(0).padStart(8),
    copyRate.toFixed(0).padStart(12),
    (copyRate / rate).toFixed(1).padStart(8),
  ];
  console.log(`${name.padEnd(34)}${shown.join("")}${(wanted === undefined ? "" : `≥ ${wanted}`).padStart(8)}${missed}`);
}

function redactAll(bytes: Buffer): number {
  const redactor = createByteRedactor(secrets);
  let length = 0;
  for (let at = 0; at < bytes.length; at += pieceSize)
    length += redactor.push(bytes.subarray(at, at + pieceSize)).length;
  return length + redactor.flush().length;
}

function copyAll(bytes: Buffer): number {
  const target = Buffer.alloc(pieceSize);
  let length = 0;
  for (let at = 0; at < bytes.length; at += pieceSize) length += bytes.copy(target, 0, at, at + pieceSize);
  return length;
}

function time(bytes: Buffer, work: (bytes: Buffer) => number): number {
  const start = process.cpuUsage();
  work(bytes);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** What projects have: tokens, passwords with marks, addresses, private keys, credentials as JSON. */
function makeSecrets(): Secret[] {
  const token = (bytes: number) => randomBytes(bytes).toString("base64url");
  const password = () => [...randomBytes(20)].map((byte) => String.fromCharCode(33 + (byte % 94))).join("");
  const key = () =>
    generateKeyPairSync("ed25519", {
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    }).privateKey;
  const rsa = () =>
    generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    }).privateKey;
  const values = Array.from({ length: 100 }, (_, index) => {
    if (index % 20 === 0) return rsa();
    if (index % 20 === 5) return key();
    if (index % 20 === 10)
      return JSON.stringify({ type: "service_account", id: token(9), private_key: key(), pass: password() });
    if (index % 5 === 1) return `postgres://app:${encodeURIComponent(password())}@db.internal:5432/app`;
    return index % 2 === 0 ? token(32) : password();
  });
  return values.map((value) => new Secret(value));
}

function logLines(): Buffer {
  const verbs = ["GET", "POST", "PUT", "DELETE"];
  const lines = Array.from({ length: 8000 }, (_, index) => {
    const at = new Date(1_700_000_000_000 + index * 137).toISOString();
    const path = `/api/v1/${["users", "orders", "links", "health"][index % 4]}/${index * 7919}`;
    return `${at} INFO  [web-${index % 7}] ${verbs[index % 4]} ${path} 200 ${index % 97} ms trace=${randomBytes(8).toString("hex")}\n`;
  });
  return Buffer.from(lines.join(""));
}

function withSecrets(bytes: Buffer, every: number): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0, index = 0; at < bytes.length; at += every, index++)
    pieces.push(bytes.subarray(at, at + every), Buffer.from(secrets[index % secrets.length]!.reveal()));
  return Buffer.concat(pieces);
}

function repeated(bytes: Buffer): Buffer {
  return Buffer.alloc(totalSize, bytes);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
