import { generateKeyPairSync } from "node:crypto";

/** Thirty secrets of all kinds that projects have, and of kinds that are awkward to find. */
export const thirty: readonly string[] = [
  "correct horse battery staple",
  "hunter2-hunter2-hunter2",
  'pa/ss+w"ö rd\\?&=日',
  "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
  "AKIAIOSFODNN7EXAMPLE/wJalrXUtnFEMI/K7MDENG",
  "xoxb-not-a-real-token-4829",
  "p@$$w0rd!`echo hi`$(id)",
  'it\'s "quoted" <b>&amp;</b>',
  "tab\tand\nnewline\r\nand more",
  "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nbKcwggSjAgEAAoIBAQDEXAMPLE+/zz\n-----END KEY-----\n",
  generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  }).privateKey,
  '{"type":"service_account","private_key":"-----BEGIN X-----\\nabcDEF123456\\n-----END X-----","nested":{"pin":"A1b2C3d4E5"}}',
  "postgres://app:s3cr3t%2Fp%40ss@db.internal:5432/app",
  "日本語のパスワードです",
  "пароль-из-букв",
  "naïve-café-Ünïcödé",
  "emoji🔑🗝️secret",
  "aaaaaaaabbbbbbbbaaaaaaaaccc",
  "ababababababababcab",
  "trailing-backslash\\\\",
  "%2Fpercent%20already%zz",
  "=padded=base64==",
  "C:\\Users\\me\\secret.pfx",
  "key: value-in-yaml-1\nother: value-in-yaml-2\n",
  "DB_PASSWORD=dotenv-value-1\nexport API='dotenv-value-2'\n",
  "\u0001control\u001fcharacters\u007f",
  "line\u2028separator\u2029here",
  "123456789012345678901234567890",
  "spaces   in   the   middle",
  `${"x".repeat(40)}unique-end${"Z9".repeat(600)}`,
];

/** Every way in which a test writes a value, independent of the code that looks for it. */
export const writers: Readonly<Record<string, (value: string) => string>> = {
  plain: (value) => value,
  json: (value) => JSON.stringify({ key: value }),
  "json of Go": (value) =>
    JSON.stringify(value).replace(
      /[<>&\u2028\u2029]/g,
      (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`,
    ),
  "json of Python": (value) =>
    JSON.stringify(value).replace(/[^\0-\x7e]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`),
  "json in json": (value) => JSON.stringify({ body: JSON.stringify({ key: value }) }),
  hex: (value) => Buffer.from(value).toString("hex"),
  HEX: (value) => Buffer.from(value).toString("hex").toUpperCase(),
  base64: (value) => Buffer.from(value).toString("base64"),
  "base64 behind 1": (value) => Buffer.from(`:${value}`).toString("base64"),
  "base64 behind 2": (value) => Buffer.from(`::${value}`).toString("base64"),
  "base64 behind 3 and before more": (value) => Buffer.from(`abc${value}:tail`).toString("base64"),
  base64url: (value) => Buffer.from(`a:${value}`).toString("base64url"),
  "base64 of json": (value) => Buffer.from(JSON.stringify({ key: value })).toString("base64"),
  "base64 of UTF-16": (value) => Buffer.from(`$x = '${value}'`, "utf16le").toString("base64"),
  "url component": (value) => `?q=${encodeURIComponent(value)}`,
  "url with lower-case escapes": (value) => encodeURIComponent(value).replace(/%../g, (byte) => byte.toLowerCase()),
  "url form": (value) => new URLSearchParams({ q: value }).toString(),
  "base64 in a url": (value) => encodeURIComponent(Buffer.from(value).toString("base64")),
  "xml text": (value) =>
    `<a>${value.replace(/[&<>]/g, (mark) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[mark]!)}</a>`,
  "xml attribute": (value) =>
    `<a b="${value.replace(/[&<>"'\n\r\t]/g, (mark) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;" })[mark]!)}"/>`,
  "html of Python": (value) =>
    value.replace(
      /[&<>"']/g,
      (mark) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" })[mark]!,
    ),
  "shell in single quotes": (value) => `'${value.replaceAll("'", "'\\''")}'`,
  "shell in single quotes of Python": (value) => `'${value.replaceAll("'", `'"'"'`)}'`,
  "shell in double quotes": (value) => `"${value.replace(/[\\"$`]/g, "\\$&")}"`,
  "PowerShell in single quotes": (value) => `'${value.replaceAll("'", "''")}'`,
  "PowerShell in double quotes": (value) => `"${value.replace(/[`"$]/g, "`$&")}"`,
};
