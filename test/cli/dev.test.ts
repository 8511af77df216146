import { describe, expect, it, onTestFinished } from "vitest";
import { processesIn } from "../run/project.ts";
import { startCli } from "../support/cli.ts";
import { tempFolder } from "../support/temp-folder.ts";

const definition = `import { defineProject, local, rolling, service, task } from "tidegate";
const build = task({ run: "mkdir -p dist && cp in dist/", inputs: ["in"], outputs: ["dist/"] });
const web = service({ run: ["sh", "-c", "node web.mjs & wait"], files: ["dist/", "web.mjs"] });
export default defineProject({
  name: "shop",
  pipeline: { build },
  services: { web },
  environments: { staging: { driver: local(), strategy: rolling() } },
});
`;
const server = `import { createServer } from "node:http";
createServer((_, response) => response.end("here")).listen(process.env.PORT, () => console.log("up"));
`;

describe("dev", () => {
  it("tells where services answer and what they write, and Ctrl-C leaves nothing running", async () => {
    const cwd = tempFolder({ "tidegate.config.ts": definition, "web.mjs": server, in: "", ".gitignore": "dist/\n" });
    const { child, ended } = startCli(["dev"], { cwd });
    onTestFinished(() => void child.kill("SIGKILL"));
    const said = await new Promise<string>((resolve) => {
      let text = "";
      child.stderr!.on("data", (chunk: string) => {
        text += chunk;
        if (/answers at http:\S+\n/.test(text)) resolve(text);
      });
    });
    const address = /^web answers at (\S+)$/m.exec(said)![1]!;
    expect(await (await fetch(address)).text()).toBe("here");
    child.kill("SIGINT");
    const { code, stdout, stderr } = await ended;
    expect(stdout).toBe("web | up\n");
    expect(stderr).toContain("Stopped: nothing is left running\n");
    expect(code).toBe(0);
    expect(processesIn(cwd)).toEqual([]);
  });
});
