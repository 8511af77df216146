/*
 * Preloaded into the program (`node --import`), it preloads itself into the agent that the program starts. In both the clocks
 * are ahead by what a file says (`CLOCK_FILE`): milliseconds of the machine's clock, and of the one that only counts while the
 * process runs.
 */
import childProcess from "node:child_process";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const { CLOCK_FILE } = process.env;
const isAgent = (file) => /[/\\]agent(\.js|[/\\]process[/\\]main\.ts)$/.test(file);
const { readFileSync } = fs;

function ahead() {
  try {
    return readFileSync(CLOCK_FILE, "utf8").split(" ").map(Number);
  } catch {
    return [0, 0];
  }
}

const now = Date.now;
Date.now = () => now() + ahead()[0];
const running = performance.now.bind(performance);
performance.now = () => running() + ahead()[1];

const { spawn } = childProcess;
childProcess.spawn = (file, args, options) => {
  if (!Array.isArray(args) || !args.some(isAgent)) return spawn(file, args, options);
  const env = { ...options.env, CLOCK_FILE };
  return spawn(file, ["--import", import.meta.url, ...args], { ...options, env });
};
syncBuiltinESMExports();
