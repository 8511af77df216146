/*
 * Preloaded into the program (`node --import`), it preloads itself into the agent that the program starts: that one dies, as by SIGKILL, right before its nth step on resources. A step is a
 * write to the ledger, to the list of snapshots or to what is known of the environment, or a change to files of resources and
 * snapshots. With `DIE_ON=all` also a write to deployments, their journals and what happened, and a change to files of instances and
 * environments. That it died is noted in a file.
 */
import childProcess from "node:child_process";
import fs from "node:fs";
import fsPromises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { DatabaseSync } from "node:sqlite";

const { DIE_AT, DIE_NOTE, DIE_ON = "resources" } = process.env;
const isAgent = (file) => /[/\\]agent(\.js|[/\\]process[/\\]main\.ts)$/.test(file);

if (!isAgent(process.argv[1] ?? "")) {
  const { spawn } = childProcess;
  childProcess.spawn = (file, args, options) => {
    if (!Array.isArray(args) || !args.some(isAgent)) return spawn(file, args, options);
    const env = { ...options.env, DIE_AT, DIE_NOTE, DIE_ON };
    return spawn(file, ["--import", import.meta.url, ...args], { ...options, env });
  };
  syncBuiltinESMExports();
} else {
  let left = Number(DIE_AT);
  const step = (what) => {
    left -= 1;
    if (left > 0) return;
    fs.writeFileSync(DIE_NOTE, what);
    process.kill(process.pid, "SIGKILL");
    // Nothing further is to happen until the signal has come.
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
  };

  const { prepare } = DatabaseSync.prototype;
  const all = DIE_ON === "all";
  const tables = `resource|snapshot|environment${all ? "|deployment|journal|incident" : ""}`;
  const write = new RegExp(`^\\s*(insert into|update|delete from)\\s+"(${tables})"`, "i");
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
  const isOurs = (path) => ours.test(String(path)) && !/output\.(json|log)/.test(String(path));
  for (const [holder, names] of [
    [fs, ["renameSync", "rmdirSync"]],
    [fsPromises, ["rm", "copyFile", "mkdir"]],
  ])
    for (const name of names) {
      const original = holder[name];
      holder[name] = (path, ...rest) => {
        if (isOurs(path)) step(`${name} ${path}`);
        return original(path, ...rest);
      };
    }
  syncBuiltinESMExports();
}
