import { expect, it } from "vitest";
import { z } from "zod";
import { command, defineProject, secret, variable, vault } from "../../src/definition/builders.ts";
import { validateProject } from "../../src/definition/check/validate.ts";

// biome-ignore lint/suspicious/noExplicitAny: what the types refuse is what is tested here
type Wrong = any;

function problems(from: Wrong, secrets?: Wrong): string[] {
  const config = { KEY: secret(z.string(), { from }) };
  const project = defineProject({ name: "shop", pipeline: {}, config, ...(secrets && { secrets }) });
  return validateProject(project).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

it("a secret may come from a command, Vault or a variable", () => {
  const good = [
    command(["op", "read", "op://shop/{environment}/{key}"], { timeout: "10s" }),
    command(["jq", "{x: .y}"]),
    vault({ path: "kv/shop-{environment}" }),
    vault({ path: "team/kv/shop", mount: "team/kv", field: "{key}", address: "https://vault.example.com", version: 2 }),
    variable("{environment}_DB_PASSWORD"),
    undefined,
  ];
  expect(good.flatMap((from) => problems(from))).toEqual([]);
});

it.each([
  [{ source: "command" }, "config.KEY.from: Config key KEY: `from` must be command(…), vault(…) or variable(…)"],
  ["op read x", "config.KEY.from: Config key KEY: `from` must be command(…), vault(…) or variable(…)"],
  [
    command("op read x" as Wrong),
    'config.KEY.from.run: Config key KEY: run must be a list of words, the program first, not "op read x"',
  ],
  [command([] as Wrong), "config.KEY.from.run: Config key KEY: run must be a list of words, the program first"],
  [command(["op", 1] as Wrong), "config.KEY.from.run.1: Config key KEY: run[1] must be a text, not 1"],
  [command(["op", "{env}"]), "config.KEY.from.run: Config key KEY: there is nothing to fill in for {env}"],
  [
    command(["op"], { timeout: "soon" as Wrong }),
    'config.KEY.from.timeout: Config key KEY: timeout must be a length of time like "500ms", "30s", "5m" or "2h", not "soon"',
  ],
  [
    vault({ path: "shop" }),
    'config.KEY.from.path: Config key KEY: path must be a mount and a path, like `kv/shop-{environment}`, not "shop"',
  ],
  [
    vault({ path: "kv/../sys" }),
    'config.KEY.from.path: Config key KEY: path must be a mount and a path, like `kv/shop-{environment}`, not "kv/../sys"',
  ],
  [
    vault({ path: "kv/{env}" }),
    'config.KEY.from.path: Config key KEY: path must be a mount and a path, like `kv/shop-{environment}`, not "kv/{env}"',
  ],
  [vault({ path: "kv/a", mount: "secret" }), "config.KEY.from.mount: Config key KEY: `path` must begin with `mount`"],
  [
    vault({ path: "kv/a", address: "https://u:p@vault" as Wrong }),
    'config.KEY.from.address: Config key KEY: address must be an address like `https://vault.example.com:8200`, not "https://u:p@vault"',
  ],
  [vault({ path: "kv/a", feild: "x" } as Wrong), 'config.KEY.from.feild: Config key KEY has no key "feild"'],
  [
    variable("A-B"),
    'config.KEY.from.name: Config key KEY: name must be a name made of letters, digits and `_`, with {environment} and {key} filled in, not "A-B"',
  ],
])("%j is refused", (from, problem) => {
  expect(problems(from)).toEqual([problem]);
});

it.each([
  ["ops/{environment}.yaml", true],
  ["{environment}/secrets.env", true],
  ["secrets/production.yaml", false],
  ["secrets/{env}.yaml", false],
  ["../{environment}.yaml", false],
  ["/etc/{environment}.yaml", false],
  ["secrets/{environment}.ini", false],
])("secrets files at %s: %s", (path, isGood) => {
  const found = problems(undefined, { path });
  expect(found).toEqual(
    isGood
      ? []
      : [
          `secrets.path: The project's secrets: path must be a path in the project that contains {environment} and ends in .yaml, .yml, .json or .env, not ${JSON.stringify(path)}`,
        ],
  );
});
