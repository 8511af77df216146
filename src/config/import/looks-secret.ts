/** Words in names of what is not to be shown. */
const words =
  /(^|_)(SECRETS?|TOKENS?|PASSWORDS?|PASSWD|PASS|PWD|PASSPHRASE|CREDENTIALS?|PRIVATE|SALT|PEPPER|SIGNATURE|DSN|WEBHOOK|COOKIE|JWT)(_|$)|API_?KEY|ACCESS_?KEY|(^|_)KEY$/;

/** Names that have such a word and are public all the same. */
const publicNames =
  /(^|_)(PUBLIC|PUBLISHABLE|PUBLISHED)(_|$)|(^|_)(TTL|URL_PATH|NAME|HEADER|EXPIRY|EXPIRES|LENGTH|COUNT|LIMIT|FILE|PATH)$/;

/** How values begin that are credentials whatever they are called. */
const credentials =
  /^(-----BEGIN [A-Z ]*PRIVATE KEY|AGE-SECRET-KEY-|AKIA[0-9A-Z]{16}|gh[oprsu]_|glpat-|xox[abprs]-|sk_live_|rk_live_|sk-|eyJ[\w-]+\.eyJ)/;

/** Whether a variable should become a secret: its name says so, or its value looks like one. When in doubt, yes. */
export function looksSecret(key: string, value: string): boolean {
  if (credentials.test(value) || hasPassword(value)) return true;
  if (value.includes("\n") && value.split("\n").some(isSecretLine)) return true;
  const name = key.replaceAll(/([a-z])([A-Z])/g, "$1_$2").toUpperCase();
  if (publicNames.test(name)) return false;
  return words.test(name) || isRandom(value);
}

/** Of a value with several lines: `TOKEN=…` in a file within the file, or behind a quote that was not closed. */
function isSecretLine(line: string): boolean {
  const [, key = "", value = line] = /^\s*(?:export\s+)?["']?([\w.-]+)["']?\s*[=:]\s*(.*)$/.exec(line) ?? [];
  const bare = value.trim().replace(/^(["'])(.*)\1[,;]?$/, "$2");
  return bare !== "" && !bare.includes("\n") && looksSecret(key, bare);
}

/** `postgres://user:password@host` */
function hasPassword(value: string): boolean {
  return /^[a-z][\w+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i.test(value);
}

/** Long, one word, letters and digits mixed, nothing of a path, a host or an identifier. */
function isRandom(value: string): boolean {
  if (value.length < 24 || !/^[A-Za-z0-9+/_=-]+$/.test(value)) return false;
  if (/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(value)).length;
  return kinds >= 2 && entropy(value) > 3.3 && !/^[a-z]+([-_/][a-z0-9]+)+$/i.test(value);
}

/** Shannon's, in bits for each character. */
function entropy(text: string): number {
  const counts = [...Map.groupBy(text, (character) => character).values()].map((same) => same.length / text.length);
  return -counts.reduce((sum, share) => sum + share * Math.log2(share), 0);
}
