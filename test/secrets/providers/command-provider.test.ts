import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { identityOf } from "../../../src/process/identity.ts";
import type { SecretReading } from "../../../src/secrets/provider.ts";
import { commandProvider } from "../../../src/secrets/providers/command-provider.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { hiddenValue, providerConformance, revealed } from "./conformance.ts";

const { PATH } = process.env;

/** A password manager: prints the value of its two arguments, counts its calls. */
const manager = `
import { appendFileSync, readFileSync } from "node:fs";
const [, , folder, environment, key] = process.argv;
appendFileSync(folder + "/calls", ".");
const values = JSON.parse(readFileSync(folder + "/values.json", "utf8"))[environment] ?? {};
console.log(Object.hasOwn(values, key) ? values[key] : "");
`;

providerConformance("command", {
  open: async (values) => {
    const folder = tempFolder({ "manager.mjs": manager, "values.json": JSON.stringify(values), calls: "" });
    const run = [process.execPath, "manager.mjs", folder, "{environment}", "{key}"] as const;
    return {
      provider: commandProvider({ folder, variables: { PATH } }),
      request: (environment, key, shared = false) => ({
        environment,
        key,
        shared,
        from: { kind: "secretSource", source: "command", run: [...run] as [string, ...string[]] },
      }),
      asked: () => readFileSync(join(folder, "calls"), "utf8").length,
    };
  },
  down: async () => rigOf(`echo ${JSON.stringify(hiddenValue.slice(0, 20))}; echo 'battery' >&2; exit 3`),
  perEnvironment: 2,
});

function rigOf(script: string, options: { timeoutMs?: number; signal?: AbortSignal } = {}) {
  const { timeoutMs, signal } = options;
  // A failure may show the command's words: these must not have what it prints.
  const folder = tempFolder({ "script.sh": script });
  const run: [string, ...string[]] = ["sh", "script.sh"];
  const variables = { PATH, MY_TOKEN: "ops_credential_of_the_tool" };
  return {
    provider: commandProvider({ folder, variables, ...(signal && { signal }) }),
    request: (environment: string, key: string, shared = false) => ({
      environment,
      key,
      shared,
      from: { kind: "secretSource", source: "command", run, ...(timeoutMs && { timeoutMs }) } as const,
    }),
    asked: () => 1,
    folder,
  };
}

async function readWith(
  script: string,
  options: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<SecretReading> {
  const { provider, request } = rigOf(script, options);
  const [reading] = await provider.read([request("staging", "KEY")]);
  return reading!;
}

async function failureWith(script: string, options: { timeoutMs?: number; signal?: AbortSignal } = {}) {
  const reading = await readWith(script, options);
  if (reading.state !== "unreadable") throw new Error(`it is ${reading.state}`);
  return reading.failure;
}

describe("a program that gives a secret", () => {
  it("loses one line ending at its end and nothing else", async () => {
    expect(revealed(await readWith("printf ' two\\n\\n'"))).toBe(" two\n");
    expect(revealed(await readWith("printf 'windows\\r\\n'"))).toBe("windows");
  });

  it("gets the words as they are: no shell looks at them", async () => {
    const folder = tempFolder();
    const run: [string, ...string[]] = ["printf", "%s", "$(id) {key} {environment} {other}; $HOME"];
    const from = { kind: "secretSource", source: "command", run } as const;
    const provider = commandProvider({ folder, variables: { PATH } });
    const [reading] = await provider.read([{ environment: "eu-west", key: "K", shared: false, from }]);
    expect(revealed(reading!)).toBe("$(id) K eu-west {other}; $HOME");
  });

  it("says why it failed when it printed nothing", async () => {
    const failure = await failureWith("echo 'you are not signed in' >&2; exit 6");
    expect(failure).toMatchObject({
      code: "secret-unreadable",
      message: 'The secret KEY of environment "staging" cannot be read: `sh` ended with exit code 6',
      cause: "you are not signed in",
    });
  });

  it("shows none of its error output once it has printed something", async () => {
    const failure = await failureWith("printf 'the val'; echo 'cannot print the value 123' >&2; exit 1");
    expect(JSON.stringify(failure)).not.toMatch(/the val|123/);
    expect(failure.cause).toBeUndefined();
  });

  it("shows no trace of a shell, no credentials, nothing like a token", async () => {
    const failure = await failureWith(
      "echo '+ curl -H secret' >&2; echo \"bad token $MY_TOKEN\" >&2; echo 'near xoxb-1234567890abcdefghij0' >&2; exit 1",
    );
    expect(failure.cause).toBe("bad token [secret]\nnear …");
  });

  it("is ended with all it started when it takes too long", async () => {
    const { provider, request, folder } = rigOf("sleep 1000 & echo $! > pid; wait", { timeoutMs: 300 });
    const [reading] = await provider.read([request("staging", "KEY")]);
    expect(reading).toMatchObject({
      state: "unreadable",
      failure: { message: expect.stringContaining("took longer than 0.3 s") },
    });
    const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
    expect(identityOf(pid)).toBeUndefined();
  });

  it("is ended when the call is interrupted", async () => {
    const failure = await failureWith("sleep 1000", { signal: AbortSignal.abort() });
    expect(failure.message).toContain("was interrupted");
  });

  it("is ended when it prints without end", async () => {
    const failure = await failureWith("yes battery");
    expect(failure.message).toContain("printed more than 1 MiB");
    expect(JSON.stringify(failure)).not.toContain("battery\\nbattery");
  });

  it("has to print text", async () => {
    expect((await failureWith("printf '\\377'")).message).toContain("not UTF-8");
  });

  it("has to be there", async () => {
    const from = { kind: "secretSource", source: "command", run: ["no-such-program", "x"] } as const;
    const provider = commandProvider({ folder: tempFolder(), variables: { PATH } });
    const [reading] = await provider.read([{ environment: "staging", key: "KEY", shared: false, from }]);
    expect(reading).toMatchObject({
      state: "unreadable",
      failure: { message: expect.stringContaining("was not found"), hint: expect.stringContaining("Install") },
    });
  });

  it("runs at the same time as others, up to a limit", async () => {
    const folder = tempFolder();
    const script = "mkdir run-$0; ls -d run-* | wc -l >> seen; sleep 0.1; rmdir run-$0; echo $0";
    const requests = Array.from({ length: 20 }, (_, index) => ({
      environment: "staging",
      key: `K${index}`,
      shared: false,
      from: { kind: "secretSource", source: "command", run: ["sh", "-c", script, "{key}"] } as const,
    }));
    const readings = await commandProvider({ folder, variables: { PATH } }).read(requests);
    expect(readings.map(revealed)).toEqual(requests.map(({ key }) => key));
    const seen = readFileSync(join(folder, "seen"), "utf8").trim().split("\n").map(Number);
    expect(Math.max(...seen)).toBeLessThanOrEqual(8);
    expect(Math.max(...seen)).toBeGreaterThan(1);
  });
});
