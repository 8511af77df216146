import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { builtIns } from "../../scripts/build/built-ins.ts";

const code = 'import { execFile } from "node:child_process";\nexport { execFile };';

describe("Node's own modules in the built package", () => {
  it.each([false, true])("give what promisify makes of them: what a program printed (lazily: %s)", async (lazily) => {
    const built = builtIns(lazily).renderChunk(code);
    expect(built).not.toContain("import {");
    const { execFile } = await import(`data:text/javascript,${encodeURIComponent(built)}`);
    const { stdout } = await promisify(execFile as typeof import("node:child_process").execFile)("echo", ["hello"]);
    expect(stdout).toBe("hello\n");
  });
});
