import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, type TestContext } from "vitest";
import { freePort } from "./support/backend.ts";
import { exchangeRaw, type Outcome, startProxy, startRecorder, whyNot } from "./support/raw-exchange.ts";
import { startSwitchboard, temporaryFolder } from "./support/switchboard.ts";

interface Row extends Outcome {
  readonly name: string;
  /** In ISO 8859-1; `<a*1000>` is a thousand times `a`. */
  readonly send: string;
  /** Only where their opinion is another one: about what comes to the instance, or the first answer. */
  // `400|502`: one or the other, as it happens.
  readonly haproxy?: Outcome & { readonly why: string };
  readonly nginx?: Outcome & { readonly why: string };
}

/** Bytes in, what the client got and what came to the instance; and how HAProxy and nginx differ, with the reason. */
const table: { readonly why: Readonly<Record<string, string>>; readonly rows: readonly Row[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, "fixtures/raw-requests.json"), "utf8"),
);

/** Whose opinion the table has. */
const versions = { haproxy: /version 2\.6\./, nginx: /nginx\/1\.22\./ } as const;

describe("raw requests", () => {
  it("are many, each once, and each difference has a reason that is written down", () => {
    const { rows, why } = table;
    expect(rows.length).toBeGreaterThanOrEqual(150);
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    const reasons = rows.flatMap(({ haproxy, nginx }) => [haproxy, nginx].flatMap((one) => (one ? [one.why] : [])));
    expect([...new Set(reasons)].sort()).toEqual(Object.keys(why).sort());
  });

  it("come to the instance as the table says, and their clients get what it says", async () => {
    await using recorder = await startRecorder();
    await using gateway = await startSwitchboard();
    await gateway.serve(recorder.backend);
    const outcomes = await outcomesAt(gateway.port, recorder.seen);
    expect(outcomes).toEqual(table.rows.map(({ client, upstream, name }) => ({ name, client, upstream })));
  });

  it.for(["haproxy", "nginx"] as const)("are seen by %s as the table says", async (program, context) => {
    skipWithout(program, context);
    using folder = temporaryFolder();
    await using recorder = await startRecorder();
    await using proxy = await startProxy(program, await freePort(), recorder.port, folder.path);
    const outcomes = await outcomesAt(proxy.port, recorder.seen);
    expect(outcomes.map(withFirst)).toEqual(
      table.rows.map(({ name, client, upstream, [program]: other }, at) => {
        const expected = { name, client: other?.client ?? client, upstream: other?.upstream ?? upstream };
        return withFirst(cutLike(expected, outcomes[at]!));
      }),
    );
  });
});

/**
 * Whether they still pass on what came behind a request, or answer at all, depends on how soon they see that the client has said all:
 * what is missing at the end is no opinion, nor is no answer; what came besides is one.
 */
function cutLike<T extends Outcome>(expected: T, { client, upstream }: Outcome): T {
  const either = [...expected.client.split("|"), "nothing"].find((one) => one === client.split(" ")[0]);
  return { ...expected, client: either ?? expected.client, upstream: expected.upstream.slice(0, upstream.length) };
}

function withFirst<T extends Outcome>(outcome: T): T {
  return { ...outcome, client: outcome.client.split(" ")[0] };
}

async function outcomesAt(port: number, seen: string[]): Promise<(Outcome & { readonly name: string })[]> {
  const outcomes = [];
  for (const { name, send } of table.rows) {
    const { client, upstream } = await exchangeRaw(port, long(send), seen);
    outcomes.push({ name, client, upstream: upstream.map(short) });
  }
  return outcomes;
}

function skipWithout(program: keyof typeof versions, context: TestContext): void {
  const reason = whyNot(program);
  if (reason !== undefined) context.skip(reason);
  const said = execFileSync("sh", ["-c", `${program} -v 2>&1`], { encoding: "utf8" });
  if (!versions[program].test(said)) context.skip(`the table is of Debian's ${program}, ${versions[program].source}`);
}

function long(text: string): string {
  return text.replaceAll(/<a\*(\d+)>/g, (_, times) => "a".repeat(Number(times)));
}

function short(text: string): string {
  return text.replaceAll(/a{1000,}/g, (found) => `<a*${found.length}>`);
}
