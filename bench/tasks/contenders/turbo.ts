import { join } from "node:path";
import type { Contender } from "../contender.ts";
import { commands } from "../workspace.ts";

const words = ["run", "build", "test", "--output-logs=errors-only"];

/** As npm starts it: a Node script in front of the program. */
export const turbo: Contender = {
  name: "turbo",
  pins: { turbo: "2.11.11" },
  startsNpm: true,
  setUp: () => ({
    files: { "turbo.json": JSON.stringify(config) },
    manifest: () => ({ scripts: commands }),
  }),
  command: (_, tools) => ({ file: process.execPath, args: [join(tools, "node_modules/turbo/bin/turbo"), ...words] }),
  state: [".turbo", "node_modules/.cache"],
  packageState: [".turbo"],
  environment: { TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1" },
};

const platform = `${process.platform}-${process.arch === "x64" ? "64" : process.arch}`;

/** The program alone, as somebody starts it who did not get it from npm. */
export const turboBinary: Contender = {
  ...turbo,
  name: "turbo's binary",
  command: (_, tools) => ({ file: join(tools, `node_modules/@turbo/${platform}/bin/turbo`), args: words }),
};

const config = {
  $schema: "https://turbo.build/schema.json",
  tasks: {
    build: { dependsOn: ["^build"], inputs: ["src/**", "package.json"], outputs: ["dist/**"] },
    test: { dependsOn: ["build"], inputs: ["package.json"], outputs: [] },
  },
};
