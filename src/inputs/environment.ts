/**
 * What every task sees of the caller's environment without declaring it: what programs need to work at all on this
 * machine (where to find other programs, where to write, how to reach the network, which certificates to trust, from where
 * packages come). Credentials in such addresses are hidden like secrets.
 */
const allowed = new Set([
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "TERM",
  "TMPDIR",
  "LANG",
  "TZ",
  "CI",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "ALL_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "all_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NODE_EXTRA_CA_CERTS",
  "REQUESTS_CA_BUNDLE",
  "CURL_CA_BUNDLE",
  "GIT_SSL_CAINFO",
  "YARN_REGISTRY",
  "YARN_NPM_REGISTRY_SERVER",
  "PIP_INDEX_URL",
  "PIP_EXTRA_INDEX_URL",
  "PIP_TRUSTED_HOST",
  "PIP_CERT",
  "UV_DEFAULT_INDEX",
  "UV_INDEX_URL",
  "GOPROXY",
  "GOPRIVATE",
  "GONOPROXY",
  "GOSUMDB",
  "GONOSUMDB",
]);

/** npm's settings of the same kind, which pnpm and Yarn read, too; in either case, and for scopes. Tokens are none of them. */
const allowedForNpm =
  /^npm_config_(registry|@[\w.-]+:registry|userconfig|cafile|strict_ssl|proxy|https?_proxy|noproxy)$/i;

/** A task's processes are found by their mark; a Tidegate that runs inside of a task passes the outer marks on. */
export const markPrefix = "TIDEGATE_TASK_";

/**
 * Whether a variable counts for results, and so for fingerprints, without being declared: what programs print, sort and
 * compare by. The others of the allow-list do not: `PATH` counts through the tools that are found by it, and a result
 * that depended on `HOME`, a proxy, a mirror or a terminal would be one nobody else could use. Declared ones always count.
 */
export function countsForResults(name: string): boolean {
  return name === "CI" || name === "LANG" || name === "TZ" || name.startsWith("LC_");
}

export interface TaskEnvironment {
  /** All that the task's processes see. */
  readonly variables: Readonly<Record<string, string>>;
  /** Those that count for its result; `undefined` when not set. */
  readonly counting: ReadonlyMap<string, string | undefined>;
}

/** The environment of a task: the allow-list, what it declares, and the project's own tools first in `PATH`. */
export function taskEnvironment(
  caller: Readonly<Record<string, string | undefined>>,
  declared: readonly string[],
  projectFolder: string,
): TaskEnvironment {
  const variables: Record<string, string> = {};
  const counting = new Map<string, string | undefined>();
  for (const [name, value] of Object.entries(caller)) {
    if (value === undefined || !isAllowed(name)) continue;
    variables[name] = value;
    if (countsForResults(name)) counting.set(name, value);
  }
  for (const name of declared) {
    const value = Object.hasOwn(caller, name) ? caller[name] : undefined;
    if (value !== undefined) variables[name] = value;
    counting.set(name, value);
  }
  const tools = `${projectFolder}/node_modules/.bin`;
  variables.PATH = variables.PATH ? `${tools}:${variables.PATH}` : `${tools}:/usr/local/bin:/usr/bin:/bin`;
  return { variables, counting };
}

/** Whether every task gets a variable, when it is set. */
export function isAllowed(name: string): boolean {
  return allowed.has(name) || allowedForNpm.test(name) || name.startsWith("LC_") || name.startsWith(markPrefix);
}
