import type { LogLevel } from "./settings.ts";

const rank: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2 };

export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** One JSON object per line on stdout, from `least` upwards. */
export function createLog(least: LogLevel): Log {
  return (level, message, fields = {}) => {
    if (rank[level] < rank[least]) return;
    process.stdout.write(`${JSON.stringify({ level, message, ...fields })}\n`);
  };
}
