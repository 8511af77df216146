import type { Attributes, Span } from "./span.ts";

const internalKind = 1;
const codes = { unset: 0, ok: 1, error: 2 } as const;

/**
 * Spans as the body of an OTLP/HTTP request in JSON (opentelemetry-proto 1.x, `ExportTraceServiceRequest`): identifiers in
 * hexadecimal, 64-bit numbers as text.
 */
export function tracesBody(spans: readonly Span[], resource: Attributes, version: string): string {
  const scope = { name: "tidegate", version };
  return JSON.stringify({
    resourceSpans: [
      { resource: { attributes: attributesOf(resource) }, scopeSpans: [{ scope, spans: spans.map(spanOf) }] },
    ],
  });
}

function spanOf({ trace, id, parent, name, startedAt, endedAt, attributes, status }: Span): object {
  return {
    traceId: trace,
    spanId: id,
    ...(parent !== undefined && { parentSpanId: parent }),
    name,
    kind: internalKind,
    startTimeUnixNano: nanoseconds(startedAt),
    endTimeUnixNano: nanoseconds(Math.max(startedAt, endedAt)),
    attributes: attributesOf(attributes),
    status: { code: codes[status.code], ...(status.code === "error" && { message: status.message }) },
  };
}

function nanoseconds(milliseconds: number): string {
  return `${BigInt(Math.round(milliseconds * 1000)) * 1000n}`;
}

function attributesOf(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: Attributes[string]): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { arrayValue: { values: value.map((each) => ({ stringValue: each })) } };
}
