import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** A task of a package, in words that every tool has: what it runs, reads, writes and needs. */
export interface CaseTask {
  readonly run: string;
  /** Relative to the package. */
  readonly inputs: readonly string[];
  readonly outputs?: readonly string[];
  readonly needs?: readonly string[];
  readonly env?: readonly string[];
}

/** One way in which a cache may lie. */
export interface Case {
  /** In the list of known failures. */
  readonly number: number;
  readonly name: string;
  readonly tasks: Readonly<Record<string, CaseTask>>;
  /** Below the package's folder; `/` in front: below the workspace. */
  readonly files: Readonly<Record<string, string>>;
  readonly firstEnv?: Readonly<Record<string, string>>;
  readonly secondEnv?: Readonly<Record<string, string>>;
  /** The first run fails as well when all is right. */
  readonly mayFailFirst?: true;
  /** What happens between the two runs. When it returns a text, that is the folder in which the second one is made. */
  change(world: CaseWorld): unknown;
  /** What would be true in the end if there were no cache. */
  truth(world: CaseWorld): Truth;
}

export interface CaseWorld {
  readonly folder: string;
  /** The package's folder. */
  readonly app: string;
  /** Files in which the tool keeps bytes of outputs. */
  readonly kept: () => readonly string[];
  /** Gives a task another command. */
  readonly redefine: (task: string, run: string) => void;
}

export interface Truth {
  readonly succeeds: boolean;
  /** Contents of files in the package; `undefined`: must not be there. */
  readonly files?: Readonly<Record<string, string | undefined>>;
}

const write = (folder: string, path: string, text: string) => writeFileSync(join(folder, path), text);

const copy = { run: "mkdir -p dist && cp src/in dist/out", inputs: ["src/**"], outputs: ["dist/"] };

export const cases: readonly Case[] = [
  {
    number: 1,
    name: "undeclared variable",
    tasks: { build: { ...copy, run: "mkdir -p dist && echo api=$API_URL > dist/out" } },
    files: { "src/in": "" },
    firstEnv: { API_URL: "staging" },
    secondEnv: { API_URL: "production" },
    change: () => undefined,
    // Not to see the variable at all is as good.
    truth: ({ app }) => ({ succeeds: true, files: { "dist/out": blindOr(app, "api=production\n", "api=\n") } }),
  },
  {
    number: 2,
    name: ".env read, not declared",
    tasks: { build: { ...copy, run: "mkdir -p dist && cat .env > dist/out" } },
    files: { "src/in": "", ".env": "one\n" },
    change: ({ app }) => write(app, ".env", "two\n"),
    truth: () => ({ succeeds: true, files: { "dist/out": "two\n" } }),
  },
  {
    number: 3,
    name: "file outside the package, not declared",
    tasks: { build: { ...copy, run: "mkdir -p dist && cat ../../base.json > dist/out" } },
    files: { "src/in": "", "/base.json": "one\n" },
    change: ({ folder }) => write(folder, "base.json", "two\n"),
    truth: () => ({ succeeds: true, files: { "dist/out": "two\n" } }),
  },
  {
    number: 4,
    name: "declared input that git ignores",
    tasks: { scan: { run: "! grep -r public infra", inputs: ["infra/**"] } },
    files: { "infra/a.tf": "private\n", "/.gitignore": "infra/\nnode_modules\n" },
    change: ({ app }) => write(app, "infra/a.tf", "public\n"),
    truth: () => ({ succeeds: false }),
  },
  {
    number: 5,
    name: "input that another task writes",
    tasks: {
      gen: { run: "mkdir -p gen && cp schema gen/types", inputs: ["schema"], outputs: ["gen/"] },
      use: { run: "mkdir -p dist && cp gen/types dist/out", inputs: ["src/**"], outputs: ["dist/"], needs: ["gen"] },
    },
    files: { schema: "one\n", "src/in": "" },
    change: ({ app }) => write(app, "schema", "two\n"),
    truth: () => ({ succeeds: true, files: { "dist/out": "two\n" } }),
  },
  {
    number: 6,
    name: "declared input that is not there",
    // Whoever wrote the inputs meant `config`.
    tasks: { build: { ...copy, run: "mkdir -p dist && cat config > dist/out", inputs: ["src/**", "confg"] } },
    files: { "src/in": "", config: "one\n" },
    change: ({ app }) => write(app, "config", "two\n"),
    truth: () => ({ succeeds: true, files: { "dist/out": "two\n" } }),
  },
  {
    number: 7,
    name: "failing task, run again",
    mayFailFirst: true,
    tasks: { test: { run: "test -e allowed", inputs: ["src/**"] } },
    files: { "src/in": "" },
    change: () => undefined,
    truth: () => ({ succeeds: false }),
  },
  {
    number: 8,
    name: "success without its output",
    mayFailFirst: true,
    tasks: { build: { run: "true", inputs: ["src/**"], outputs: ["dist/"] } },
    files: { "src/in": "" },
    change: () => undefined,
    truth: () => ({ succeeds: false }),
  },
  {
    number: 9,
    name: "cached bytes damaged, outputs gone",
    tasks: { build: copy },
    files: { "src/in": "one\n" },
    change: ({ app, kept }) => {
      for (const file of kept()) {
        chmodSync(file, 0o644);
        truncateSync(file, Math.floor(statSync(file).size / 2));
      }
      rmSync(join(app, "dist"), { recursive: true, force: true });
    },
    truth: () => ({ succeeds: true, files: { "dist/out": "one\n" } }),
  },
  {
    number: 10,
    name: "files too many in a restored folder",
    tasks: { build: copy },
    files: { "src/in": "one\n" },
    change: ({ app }) => {
      rmSync(join(app, "dist/out"));
      write(app, "dist/stale.js", "stale");
    },
    truth: () => ({ succeeds: true, files: { "dist/out": "one\n", "dist/stale.js": undefined } }),
  },
  {
    number: 11,
    name: "change far upstream",
    tasks: {
      config: { run: "mkdir -p gen && cp schema gen/config", inputs: ["schema"], outputs: ["gen/"] },
      build: {
        run: "mkdir -p dist && echo built > dist/out",
        inputs: ["src/**"],
        outputs: ["dist/"],
        needs: ["config"],
      },
      test: { run: "grep -q good gen/config", inputs: ["test/**"], needs: ["build"] },
    },
    files: { schema: "good\n", "src/in": "", "test/in": "" },
    change: ({ app }) => write(app, "schema", "broken\n"),
    truth: () => ({ succeeds: false }),
  },
  {
    number: 12,
    name: "input changed while the task ran",
    // The first run does what somebody at an editor does meanwhile; then the change is taken back.
    tasks: {
      build: { ...copy, run: `test -e .saved || { touch .saved; echo two > src/in; }; ${copy.run}` },
    },
    files: { "src/in": "one\n" },
    change: ({ app }) => write(app, "src/in", "one\n"),
    truth: () => ({ succeeds: true, files: { "dist/out": "one\n" } }),
  },
  {
    number: 14,
    name: "formatter that writes its inputs",
    tasks: { format: { run: "tr -d X < src/in > .t && mv .t src/in", inputs: ["src/**"] } },
    files: { "src/in": "aXb\n" },
    change: ({ app }) => write(app, "src/in", "aXb\n"),
    truth: () => ({ succeeds: true, files: { "src/in": "ab\n" } }),
  },
  {
    number: 16,
    name: "only line ends changed",
    tasks: { build: copy },
    files: { "src/in": "one\ntwo\n", "/.gitattributes": "* text=auto eol=lf\n" },
    change: ({ app }) => write(app, "src/in", "one\r\ntwo\r\n"),
    truth: () => ({ succeeds: true, files: { "dist/out": "one\r\ntwo\r\n" } }),
  },
  {
    number: 17,
    name: "output names the place, project moved",
    tasks: { build: { ...copy, run: "mkdir -p dist && pwd > dist/out" } },
    files: { "src/in": "" },
    change: ({ folder }) => {
      const moved = `${folder}-moved`;
      cpSync(folder, moved, { recursive: true, verbatimSymlinks: true });
      return moved;
    },
    truth: ({ app }) => ({ succeeds: true, files: { "dist/out": `${app}\n` } }),
  },
  {
    number: 18,
    name: "the task's own command changed",
    tasks: { build: copy },
    files: { "src/in": "one\n" },
    change: ({ redefine }) => redefine("build", "mkdir -p dist && echo other > dist/out"),
    truth: () => ({ succeeds: true, files: { "dist/out": "other\n" } }),
  },
  {
    number: 19,
    name: "gate that looks at everything, narrow inputs",
    tasks: { gate: { run: "test -e other && ! grep -r forbidden src other", inputs: ["src/**"] } },
    files: { "src/in": "", "other/in": "" },
    change: ({ app }) => write(app, "other/bad", "forbidden\n"),
    truth: () => ({ succeeds: false }),
  },
  {
    number: 20,
    name: "success kept although the run failed",
    mayFailFirst: true,
    tasks: {
      build: { ...copy, run: "mkdir -p dist && date +%s%N > dist/out" },
      test: { run: "test -e allowed", inputs: ["test/**"], needs: ["build"] },
    },
    files: { "src/in": "", "test/in": "" },
    change: ({ app }) => cpSync(join(app, "dist/out"), join(app, ".first")),
    truth: ({ app }) => ({ succeeds: false, files: { "dist/out": readFileSync(join(app, ".first"), "utf8") } }),
  },
];

function blindOr(app: string, seen: string, blind: string): string {
  const path = join(app, "dist/out");
  return existsSync(path) && readFileSync(path, "utf8") === blind ? blind : seen;
}

/** Files below a folder; none when there is not a folder. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const found = readdirSync(folder, { recursive: true, withFileTypes: true });
  return found.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
}
