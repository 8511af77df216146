const logLevels = ["debug", "info", "warn"] as const;

export type LogLevel = (typeof logLevels)[number];

export interface Settings {
  readonly host: string;
  readonly port: number;
  /** The folder that outlives releases. */
  readonly dataFolder: string;
  /** What /healthz and `x-release` say; "development" when nobody deployed this. */
  readonly release: string;
  readonly logLevel: LogLevel;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly sessionKey: string;
  /** How long a browser may remember where a link leads, in seconds. */
  readonly cacheSeconds: number;
}

/** The settings, or everything that is wrong with them. A message never contains a value: one of them is a secret. */
export function readSettings(env: NodeJS.ProcessEnv): Settings | readonly string[] {
  const problems: string[] = [];
  const port = wholeNumber(env.PORT ?? "3000");
  const cacheSeconds = wholeNumber(env.CACHE_TTL ?? "60");
  const logLevel = logLevels.find((level) => level === (env.LOG_LEVEL ?? "info"));
  const sessionKey = env.SESSION_KEY ?? "";
  if (port === undefined || port > 65_535) problems.push("PORT must be a number from 0 to 65535");
  if (cacheSeconds === undefined) problems.push("CACHE_TTL must be a whole number of seconds");
  if (logLevel === undefined) problems.push(`LOG_LEVEL must be one of ${logLevels.join(", ")}`);
  if (sessionKey.length < 32) problems.push("SESSION_KEY must have at least 32 characters");
  if (!URL.canParse(env.BASE_URL ?? "")) problems.push("BASE_URL must be a URL");
  if (problems.length > 0) return problems;
  return {
    host: env.HOST ?? "127.0.0.1",
    port: port!,
    dataFolder: dataFolder(env),
    release: env.TIDEGATE_RELEASE ?? "development",
    logLevel: logLevel!,
    baseUrl: env.BASE_URL!.replace(/\/+$/, ""),
    sessionKey,
    cacheSeconds: cacheSeconds!,
  };
}

export function dataFolder(env: NodeJS.ProcessEnv): string {
  return env.TIDEGATE_DATA_DIR ?? "data";
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
