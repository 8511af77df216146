import { expect, test } from "vitest";
import { showCommand, toArgv } from "../../src/process/command.ts";

test.each([
  ["npm ci", "npm", ["ci"]],
  ["  node   dist/server.js\t--port  80 ", "node", ["dist/server.js", "--port", "80"]],
  ["a && b", "/bin/sh", ["-c", "a && b"]],
  ['echo "a b"', "/bin/sh", ["-c", 'echo "a b"']],
  ["NODE_ENV=test node x.js", "/bin/sh", ["-c", "NODE_ENV=test node x.js"]],
  ["cat *.txt", "/bin/sh", ["-c", "cat *.txt"]],
  ["exit 3", "/bin/sh", ["-c", "exit 3"]],
  ["cd dist", "/bin/sh", ["-c", "cd dist"]],
] as const)("%j is run as %s %j", (command, file, args) => {
  expect(toArgv(command)).toEqual({ file, args });
});

test("words are never given to a shell", () => {
  expect(toArgv(["echo", "$HOME; rm -rf *"])).toEqual({ file: "echo", args: ["$HOME; rm -rf *"] });
});

test("a command shows as one line", () => {
  expect(showCommand(["npm", "ci"])).toBe("npm ci");
  expect(showCommand("npm ci")).toBe("npm ci");
});
