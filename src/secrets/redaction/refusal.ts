/** Why a value cannot be a secret. */
export interface Refusal {
  readonly reason: "empty" | "short" | "digits" | "monotonous" | "sequence" | "common";
  /** A clause for people that never quotes the value: "it has fewer than 8 characters". */
  readonly because: string;
}

/** In code points, blanks around it not counted. */
const shortestSecret = 8;
/** Shorter numbers are ports, amounts, dates and identifiers somewhere. */
const shortestNumber = 12;
const fewestCharacters = 3;

const sequences = ["01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm"];

/**
 * Whether a value is too trivial to be a secret, and why: it would have to be hidden wherever it happens to stand, which
 * hides half of every log and tells everybody what it is. `undefined`: it can be one.
 */
export function refusal(value: string): Refusal | undefined {
  const text = value.trim();
  if (text === "") return { reason: "empty", because: "it is empty" };
  if ([...text].length < shortestSecret)
    return { reason: "short", because: `it has fewer than ${shortestSecret} characters` };
  if (new Set(text).size < fewestCharacters)
    return { reason: "monotonous", because: `it has fewer than ${fewestCharacters} different characters` };
  if (/^[\d\s.,:+_-]+$/.test(text) && text.replace(/\D/g, "").length < shortestNumber)
    return { reason: "digits", because: `it is a number of fewer than ${shortestNumber} digits` };
  const lower = text.toLowerCase();
  if (sequences.some((sequence) => isWithin(lower, sequence)))
    return { reason: "sequence", because: "its characters follow the alphabet, the keyboard or the digits" };
  return commonValues.has(lower) ? { reason: "common", because: "it is a common word or a usual default" } : undefined;
}

function isWithin(text: string, sequence: string): boolean {
  return sequence.includes(text) || [...sequence].reverse().join("").includes(text);
}

/**
 * Values that stand in every second program, log or document: hiding them everywhere would make these unreadable, and
 * everybody would try them first. Lower case; shorter ones are refused by their length.
 */
const commonValues: ReadonlySet<string> = new Set(
  `
  abcdefgh abcd1234 abc12345 administrator anonymous application baseball changeit changeme changethis
  computer configuration credential credentials database debugging default1 development disabled document docker.io
  elasticsearch encrypted environment example.com football frontend function godaddy1 graphql guestguest homepage
  iloveyou internal internet jennifer kubernetes localhost localhost:3000 localhost:5432 localhost:8080 liverpool
  mariadb1 maverick memcached michelle midnight minioadmin minio123 mongodb1 mountain mysecret mysecretpassword
  mypassword nopassword notsecret null undefined opensesame p@ssw0rd p@ssword pa55word pass1234 passphrase passw0rd password
  password1 password12 password123 password1234 placeholder postgres postgres1 postgresql princess production
  qwerty12 qwerty123 qwertyui qwertyuiop rabbitmq redacted registry repository required sample123 samantha
  secret12 secret123 secret1234 secretkey secretpassword secrets1 security server01 sessionid staging1
  starwars sunshine superman supersecret superuser temporary test1234 testing1 testpassword testtest testuser trustno1
  undefined username username1 verysecret welcome1 welcome123 whatever yourpassword your-password your_password
  your-secret-key your_secret_key yoursecret insecure private-key access-key secret-key api-key-here replace-me replaceme
  true-false 127.0.0.1 0.0.0.0:80 example.org example.net http://localhost https://localhost http://localhost:3000
  http://localhost:8080 https://example.com http://example.com
  `
    .split(/\s+/)
    .filter((word) => word !== ""),
);
