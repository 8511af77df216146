/*
 * Preloaded into the program (`node --import`), it preloads itself into the agent that the program starts: that one dies, as
 * by SIGKILL, right before its nth step (`DIE_AT`). That it died is noted in a file (`DIE_NOTE`). What counts as a step:
 * - without `DIE_AFTER`, what it does with resources: a write to the ledger, to the list of snapshots or to what is known of
 *   the environment, or a change to files of resources and snapshots; with `DIE_ON=all` also a write to deployments, their
 *   journals and what happened, and a change to files of instances and environments;
 * - with it, whatever it changes anywhere once it has got a call on that route: a write to the store, a change to a file, a
 *   signal to a process, a word to the gateway.
 */
import childProcess from "node:child_process";
import fs from "node:fs";
import fsPromises from "node:fs/promises";
import http from "node:http";
import { syncBuiltinESMExports } from "node:module";
import { DatabaseSync } from "node:sqlite";

const { DIE_AFTER, DIE_AT, DIE_NOTE, DIE_ON = "resources" } = process.env;
const isAgent = (file) => /[/\\]agent(\.js|[/\\]process[/\\]main\.ts)$/.test(file);

if (!isAgent(process.argv[1] ?? "")) {
  const { spawn } = childProcess;
  childProcess.spawn = (file, args, options) => {
    if (!Array.isArray(args) || !args.some(isAgent)) return spawn(file, args, options);
    const env = { ...options.env, DIE_AT, DIE_NOTE, DIE_ON, ...(DIE_AFTER && { DIE_AFTER }) };
    return spawn(file, ["--import", import.meta.url, ...args], { ...options, env });
  };
  syncBuiltinESMExports();
} else {
  let left = Number(DIE_AT);
  let counts = DIE_AFTER === undefined;
  const step = (what) => {
    if (!counts) return;
    left -= 1;
    if (left > 0) return;
    counts = false;
    fs.writeFileSync(DIE_NOTE, what);
    process.kill(process.pid, "SIGKILL");
    // Nothing further is to happen until the signal has come.
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
  };

  const { prepare } = DatabaseSync.prototype;
  const all = DIE_ON === "all";
  const tables = `resource|snapshot|environment${all ? "|deployment|journal|incident" : ""}`;
  const write = DIE_AFTER
    ? /^\s*(insert\b.*?into|update|delete from)\s+"?(\w+)"?/is
    : new RegExp(`^\\s*(insert into|update|delete from)\\s+"(${tables})"`, "i");
  DatabaseSync.prototype.prepare = function (sql, ...rest) {
    const statement = prepare.call(this, sql, ...rest);
    if (!write.test(sql)) return statement;
    for (const method of ["run", "all", "get", "iterate"]) {
      const original = statement[method].bind(statement);
      statement[method] = (...values) => {
        step(sql.match(write)?.[0]);
        return original(...values);
      };
    }
    return statement;
  };

  const ours = all ? /[/\\](resources|snapshots|instances|environments)[/\\]/ : /[/\\](resources|snapshots)[/\\]/;
  // What a process writes is taken over at any time.
  const isOurs = (path) =>
    DIE_AFTER !== undefined || (ours.test(String(path)) && !/output\.(json|log)/.test(String(path)));
  const anything = ["rename", "rmdir", "rm", "unlink", "writeFile", "mkdir", "copyFile"];
  const changes = DIE_AFTER
    ? [
        [fs, anything.map((name) => `${name}Sync`)],
        [fsPromises, anything],
      ]
    : [
        [fs, ["renameSync", "rmdirSync"]],
        [fsPromises, ["rm", "copyFile", "mkdir"]],
      ];
  for (const [holder, names] of changes)
    for (const name of names) {
      const original = holder[name];
      holder[name] = (path, ...rest) => {
        if (isOurs(path)) step(`${name} ${path}`);
        return original(path, ...rest);
      };
    }
  if (DIE_AFTER) {
    const { emit } = http.Server.prototype;
    http.Server.prototype.emit = function (name, ...rest) {
      if (name === "request" && rest[0].url === DIE_AFTER) counts = true;
      return emit.call(this, name, ...rest);
    };
    const { request } = http;
    http.request = (how, ...rest) => {
      if (how?.socketPath) step(`request ${how.path}`);
      return request(how, ...rest);
    };
    const { kill } = process;
    process.kill = (pid, signal) => {
      if (signal !== 0) step(`kill ${signal}`);
      return kill.call(process, pid, signal);
    };
  }
  syncBuiltinESMExports();
}
