/** How sure it is that a value is not to be shown. `doubtful`: it may be anything; somebody has to say. */
export type Likelihood = "secret" | "doubtful" | "open";

/** Words in names of what is not to be shown. */
const words =
  /(^|_)(SECRETS?|TOKENS?|PASSWORDS?|PASSWD|PASS|PWD|PASSPHRASE|CREDENTIALS?|PRIVATE|SALT|PEPPER|SIGNATURE|SIG|DSN|WEBHOOK|COOKIE|JWT|BEARER|AUTHORIZATION)(_|$)|API_?KEY|(ACCESS|ACCOUNT|AUTH|SIGNING|ENCRYPTION|MASTER|SHARED)_?(ACCESS)?_?KEY|(^|_)KEY$/;

/** Names that have such a word and are public all the same. */
const publicNames =
  /(^|_)(PUBLIC|PUBLISHABLE|PUBLISHED)(_|$)|(^|_)(TTL|URL_PATH|NAME|HEADER|EXPIRY|EXPIRES|LENGTH|COUNT|LIMIT|FILE|PATH)$/;

/** How values begin that are credentials whatever they are called. */
const credentials =
  /-----BEGIN [A-Z ]*PRIVATE KEY|^(AGE-SECRET-KEY-|(AKIA|ASIA)[0-9A-Z]{16}|gh[oprsu]_|github_pat_|glpat-|xox[abeprs]-|xapp-|[sr]k_(live|test)_|whsec_|sk-|npm_[A-Za-z0-9]{36}|pypi-|hf_[A-Za-z]{20}|dop_v1_|shpat_|SG\.[\w-]{16}|AIza[\w-]{30}|ya29\.|hv[sb]\.|eyJ[\w-]+\.eyJ)/;

/** `Authorization: Bearer …`, with the header's name or without it. */
const authorization =
  /^((proxy-)?authorization\s*:\s*)?(bearer|basic|token|apikey|digest|aws4-hmac-sha256|negotiate)\s+\S{6}/i;

/** Addresses that whoever knows them may post to. */
const webhook =
  /^https?:\/\/([^/]+\.)?(hooks\.slack\.com\/(services|workflows|triggers)\/|discord(app)?\.com\/api\/webhooks\/|(webhook\.)?office\.com\/webhook|chat\.googleapis\.com\/v1\/spaces\/|api\.telegram\.org\/bot\d+:|hooks\.zapier\.com\/|maker\.ifttt\.com\/trigger\/|open\.feishu\.cn\/open-apis\/bot\/|oapi\.dingtalk\.com\/robot\/|[^/]+\/(.*\/)?(web)?hooks?\/[^/?]*\d)/i;

/**
 * Whether a variable should become a secret: its name says so, or a part of its value looks like one. Parts are looked for in
 * JSON, connection strings of all kinds, headers, addresses and files within the value.
 */
export function looksSecret(key: string, value: string): Likelihood {
  const name = nameOf(key);
  const text = value.trim();
  if (publicNames.test(name)) return ofParts(text, 0);
  const inside = ofValue(text, 0);
  return words.test(name) ? "secret" : inside;
}

/** Whether a name alone says that its value is not to be shown. */
export function isSecretName(key: string): boolean {
  const name = nameOf(key);
  return words.test(name) && !publicNames.test(name);
}

/** `stripeApiKey`, `api-key` and `API_KEY` are one kind of name. */
function nameOf(key: string): string {
  return key
    .replaceAll(/([a-z\d])([A-Z])/g, "$1_$2")
    .replaceAll(/[^A-Za-z\d]+/g, "_")
    .toUpperCase();
}

/** Nobody nests deeper what a program reads from a variable. */
const depthLimit = 8;

function ofValue(value: string, depth: number): Likelihood {
  const text = value.trim();
  return worst([ofParts(text, depth), ofWord(text)]);
}

/** What a text is made of, apart from what it is as a whole. */
function ofParts(text: string, depth: number): Likelihood {
  if (text === "" || depth > depthLimit) return "open";
  if (credentials.test(text) || authorization.test(text) || hasPassword(text) || webhook.test(text)) return "secret";
  if (/^-----BEGIN (CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY)-/.test(text)) return "open";
  const data = structureOf(text);
  if (data !== undefined) return ofData(data, depth + 1);
  return worst([ofPairs(text, depth), ofLines(text, depth), ofAddress(text)]);
}

function structureOf(text: string): object | undefined {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}

function ofData(data: unknown, depth: number, key?: string): Likelihood {
  if (typeof data === "string" || typeof data === "number") return ofPart(key, String(data), depth);
  if (typeof data !== "object" || data === null || depth > depthLimit) return "open";
  const isList = Array.isArray(data);
  return worst(Object.entries(data).map(([name, one]) => ofData(one, depth + 1, isList ? key : name)));
}

/** A value within a value: an empty one says nothing, whatever it is called. */
function ofPart(key: string | undefined, value: string, depth: number): Likelihood {
  const bare = value.trim().replace(/^(["'])(.*)\1$/, "$2");
  if (bare === "") return "open";
  const inside = ofValue(bare, depth + 1);
  if (inside === "secret" || key === undefined || !isSecretName(key)) return inside;
  // `key` alone is also what a sort order or a field is called.
  return /^key$/i.test(key) ? "doubtful" : "secret";
}

/** `Password=…;`, `password: …`, `?sig=…&`, `TOKEN=…` in a file within the file, a header, or what only nearly is JSON. */
function ofPairs(text: string, depth: number): Likelihood {
  const pairs = text.matchAll(
    /(?:^|[\s;,&?{("'])["']?([A-Za-z_][\w.-]*)["']?\s*[=:](?!\/\/)\s*("[^"]*"|'[^']*'|[^\s;,&}]+)/g,
  );
  return worst(Array.from(pairs, ([, key, value = ""]) => ofPart(key, value, depth)));
}

/** What is a line of its own, behind a quote that was not closed. */
function ofLines(text: string, depth: number): Likelihood {
  return text.includes("\n") ? worst(text.split("\n").map((line) => ofValue(unquoted(line), depth + 1))) : "open";
}

function unquoted(line: string): string {
  return line.trim().replace(/^(["'])(.*)\1[,;]?$/, "$2");
}

/** `postgres://user:password@host`, several hosts, `user:password@tcp(host)/db`, `thin:user/password@host`. */
function hasPassword(value: string): boolean {
  if (/[a-z][\w+.-]*:\/\/[^/\s:@]*:(?!\d+[/?])[^\s]+@[^\s]/i.test(value)) return true;
  if (/:(thin|oci\d*):[^/\s@]+\/[^@\s]+@/i.test(value)) return true;
  // An image by its digest is none: `shop:1.2@sha256:…`.
  return /^[\w.-]+:[^\s:@/]+@(?!sha\d+:)([a-z]+\(|[\w-]+(\.[\w-]+)*(:\d+)?(\/|$))/i.test(value);
}

/** A user, a part of the path or of the query that nobody would have thought of. */
function ofAddress(text: string): Likelihood {
  if (!/^[a-z][\w+.-]*:\/\/\S+$/i.test(text) || !URL.canParse(text)) return "open";
  const { protocol, username, pathname, searchParams, hash } = new URL(text);
  if (/^https?:$/.test(protocol) && username !== "") return "doubtful";
  const parts = [username, ...pathname.split("/"), ...searchParams.values(), hash.slice(1)];
  return parts.some((part) => isRandom(part) || isMixed(part)) ? "doubtful" : "open";
}

/** One word, whatever it is called. */
function ofWord(text: string): Likelihood {
  if (isRandom(text)) return "secret";
  return isMixed(text) ? "doubtful" : "open";
}

/** Long, one word, letters and digits mixed, nothing of a path, a host or an identifier. */
function isRandom(value: string): boolean {
  if (value.length < 24 || !/^[A-Za-z0-9+/_=-]+$/.test(value)) return false;
  if (/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(value)).length;
  return kinds >= 2 && entropy(value) > 3.3 && !/^[a-z]+([-_/][a-z0-9]+)+$/i.test(value);
}

/** A word of ten characters and more in which letters and digits take turns as in no name or version: `Xk29fjw0sQpa81`. */
function isMixed(value: string): boolean {
  if (value.length < 10 || /[\s/:]/.test(value) || /^[\d.TZ:+-]+$/.test(value)) return false;
  if (/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value)) return false;
  return value.split(/[-_.@]/).some((run) => {
    const turns = run.match(/[A-Za-z](?=\d)|\d(?=[A-Za-z])|[\w](?=[!#$%&*^?+~])/g)?.length ?? 0;
    return run.length >= 10 && turns >= 3 && entropy(run) > 2.9;
  });
}

/** Shannon's, in bits for each character. */
function entropy(text: string): number {
  const counts = [...Map.groupBy(text, (character) => character).values()].map((same) => same.length / text.length);
  return -counts.reduce((sum, share) => sum + share * Math.log2(share), 0);
}

function worst(found: readonly Likelihood[]): Likelihood {
  if (found.includes("secret")) return "secret";
  return found.includes("doubtful") ? "doubtful" : "open";
}
