import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Event } from "../../../src/events/event.ts";
import { endpointOf } from "../../../src/run/telemetry/endpoint.ts";
import { RunSpans } from "../../../src/run/telemetry/run-spans.ts";
import { newSpan, parseTraceparent, showTraceparent } from "../../../src/run/telemetry/trace-context.ts";
import { Tracer } from "../../../src/run/telemetry/tracer.ts";

const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

describe("a trace context", () => {
  it.each([parent, "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-what-the-future-will-bring"])(
    "is read from %s",
    (text) => {
      expect(parseTraceparent(text)).toMatchObject({
        trace: "0af7651916cd43dd8448eb211c80319c",
        span: "b7ad6b7169203331",
      });
    },
  );

  it.each([
    undefined,
    "",
    "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
    "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    `${parent}-more`,
    parent.toUpperCase(),
    "0".repeat(1 << 20),
  ])("is not found in %s", (text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });

  it("is written as it is read", () => {
    expect(showTraceparent(parseTraceparent(parent)!)).toBe(parent);
    const fresh = newSpan(undefined);
    expect(parseTraceparent(showTraceparent(fresh))).toEqual(fresh);
  });
});

describe("an endpoint", () => {
  it("is OpenTelemetry's, with its headers and resource", () => {
    const found = endpointOf(
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318/",
        OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%20b,bad name=x,x-bad=%0a,no",
        OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=ci",
        OTEL_SERVICE_NAME: "shop",
      },
      "demo",
    );
    expect(found?.url.href).toBe("http://127.0.0.1:4318/v1/traces");
    expect(found?.headers).toEqual({ "x-key": "a b" });
    expect(found?.resource).toEqual({
      "tidegate.project": "demo",
      "deployment.environment.name": "ci",
      "service.name": "shop",
    });
  });

  it.each([
    {},
    { OTEL_EXPORTER_OTLP_ENDPOINT: "" },
    { OTEL_EXPORTER_OTLP_ENDPOINT: "no url" },
    { OTEL_EXPORTER_OTLP_ENDPOINT: "file:///etc/passwd" },
    { OTEL_EXPORTER_OTLP_ENDPOINT: "http://x", OTEL_SDK_DISABLED: "true" },
    { OTEL_EXPORTER_OTLP_ENDPOINT: "http://x", OTEL_TRACES_EXPORTER: "none" },
  ])("is none in %j", (environment) => {
    expect(endpointOf(environment, "demo")).toBeUndefined();
  });

  it("of traces alone is taken as it is", () => {
    const found = endpointOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://x/y" }, "demo");
    expect(found?.url.href).toBe("https://x/y");
  });
});

const run: readonly Event[] = [
  { type: "runStarted", project: "small", run: "7", tasks: [], concurrency: 2 },
  { type: "taskHit", task: "build", fingerprint: "sha256:1", restored: 2, savedMs: 900 },
  { type: "taskStarted", task: "test", attempt: 1, reason: { reason: "firstTime" } },
  { type: "taskStarted", task: "test", attempt: 2, reason: { reason: "firstTime" } },
  {
    type: "taskFinished",
    task: "test",
    outcome: { outcome: "failed", failures: [{ code: "task-failed", message: "exit code 1" }] },
    durationMs: 5,
    cache: { stored: false, because: "failed" },
    tests: { passed: 1, failed: 2, skipped: 0 },
  },
  { type: "taskSkipped", task: "pack", because: { reason: "needFailed", need: "test" } },
  {
    type: "runFinished",
    run: "7",
    outcome: "failed",
    durationMs: 9,
    counts: { hits: 1, ran: 1, failed: 1, skipped: 1 },
  },
];

describe("the spans of a run", () => {
  it("are one for the run and one for each task below it, with how they went", () => {
    const spans = new RunSpans(parseTraceparent(parent));
    const given = parseTraceparent(showTraceparent(spans.contextOf("test")));
    for (const [at, event] of run.entries()) spans.apply(event, 1000 + at);
    const all = spans.take();
    const root = all.at(-1)!;
    expect(root).toMatchObject({
      name: "tidegate run",
      parent: "b7ad6b7169203331",
      startedAt: 1000,
      endedAt: 1006,
      status: { code: "error" },
    });
    expect(all.every(({ trace }) => trace === "0af7651916cd43dd8448eb211c80319c")).toBe(true);
    expect(all.slice(0, -1).every((span) => span.parent === root.id)).toBe(true);
    const test = all.find(({ name }) => name === "test")!;
    expect(test).toMatchObject({
      id: given?.span,
      startedAt: 1002,
      endedAt: 1004,
      status: { code: "error", message: "exit code 1" },
      attributes: {
        "tidegate.task.attempts": 2,
        "error.type": "task-failed",
        "tidegate.tests.failed": 2,
        "tidegate.cache.hit": false,
      },
    });
    expect(all.find(({ name }) => name === "build")?.attributes).toMatchObject({
      "tidegate.cache.hit": true,
      "tidegate.cache.restored": 2,
    });
    expect(spans.take()).toEqual([]);
  });
});

/** What a collector was sent. */
async function collector(answer: "at once" | "never" | "broken") {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (piece: string) => {
      body += piece;
    });
    request.on("end", () => {
      bodies.push(body);
      if (answer === "at once") response.writeHead(200, { "content-type": "application/json" }).end("{}");
      if (answer === "broken") response.socket?.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies };
}

function tracer(url: string): Tracer {
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: url };
  return Tracer.start({ environment, project: "demo", version: "1.2.3", now: () => 1_800_000_000_123 })!;
}

describe("a tracer", () => {
  it("sends what a collector understands", async () => {
    const { url, bodies } = await collector("at once");
    const started = tracer(url);
    for (const event of run) started.emit(event);
    await started.end();
    expect(bodies).toHaveLength(1);
    const [resource] = JSON.parse(bodies[0]!).resourceSpans;
    expect(resource.resource.attributes).toContainEqual({ key: "service.name", value: { stringValue: "tidegate" } });
    const [scope] = resource.scopeSpans;
    expect(scope.scope).toEqual({ name: "tidegate", version: "1.2.3" });
    expect(scope.spans.map(({ name }: { name: string }) => name)).toEqual(["build", "test", "pack", "tidegate run"]);
    expect(scope.spans[1]).toMatchObject({
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
      kind: 1,
      startTimeUnixNano: "1800000000123000000",
      status: { code: 2, message: "exit code 1" },
    });
    expect(scope.spans[1].attributes).toContainEqual({ key: "tidegate.task.attempts", value: { intValue: "2" } });
    expect(scope.spans[0].attributes).toContainEqual({ key: "tidegate.cache.hit", value: { boolValue: true } });
  });

  it("sends many spans in pieces, while the run goes on", async () => {
    const { url, bodies } = await collector("at once");
    const started = tracer(url);
    for (let task = 0; task < 1200; task++)
      started.emit({ type: "taskHit", task: `t${task}`, fingerprint: "x", restored: 0, savedMs: 1 });
    await started.end();
    expect(bodies.map((body) => JSON.parse(body).resourceSpans[0].scopeSpans[0].spans.length).sort()).toEqual([
      200, 500, 500,
    ]);
  });

  it.each(["never", "broken"] as const)("ends when the collector answers %s", async (answer) => {
    const { url } = await collector(answer);
    const started = tracer(url);
    for (const event of run) started.emit(event);
    await started.end();
  });

  it("ends when there is no collector", async () => {
    const started = tracer("http://127.0.0.1:1");
    for (const event of run) started.emit(event);
    await started.end();
  });
});
