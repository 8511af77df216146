import { expect, test } from "vitest";
import { mainProgram } from "../../../src/app/parity/runtime.ts";

test.each<[string | readonly [string, ...string[]], string]>([
  ["node server.js", "node"],
  [["python3", "-m", "http.server"], "python3"],
  ["cd web && node server.js", "node"],
  ['cd api && PYTHONPATH=src .venv/bin/python -m gunicorn --bind "$HOST:$PORT" app:app', ".venv/bin/python"],
  ["umask 027; export A=1; bin/server", "bin/server"],
])("a service of a folder runs a program, and not cd: %s", (run, program) => {
  expect(mainProgram(run)).toBe(program);
});
