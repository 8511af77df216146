import type { Attributes } from "./span.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where spans go, as OpenTelemetry's own variables say. */
export interface Endpoint {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly resource: Attributes;
}

/**
 * `undefined` when no endpoint is set, or telemetry is switched off, or what is set is not a URL of http or https: a
 * mistake there must not stop a run.
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
export function endpointOf(environment: Environment, project: string): Endpoint | undefined {
  const { OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT } = environment;
  if (OTEL_SDK_DISABLED?.toLowerCase() === "true" || OTEL_TRACES_EXPORTER === "none") return undefined;
  const general = environment.OTEL_EXPORTER_OTLP_ENDPOINT;
  const url = OTEL_EXPORTER_OTLP_TRACES_ENDPOINT
    ? urlOf(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT)
    : general && urlOf(`${general.replace(/\/+$/, "")}/v1/traces`);
  if (!url) return undefined;
  const headers = {
    ...pairsOf(environment.OTEL_EXPORTER_OTLP_HEADERS),
    ...pairsOf(environment.OTEL_EXPORTER_OTLP_TRACES_HEADERS),
  };
  return { url, headers: allowed(headers), resource: resourceOf(environment, project) };
}

function urlOf(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === "http:" || url?.protocol === "https:" ? url : undefined;
}

function resourceOf(environment: Environment, project: string): Attributes {
  const declared = pairsOf(environment.OTEL_RESOURCE_ATTRIBUTES);
  const name = environment.OTEL_SERVICE_NAME || declared["service.name"] || "tidegate";
  return { "tidegate.project": project, ...declared, "service.name": name };
}

/** `key=value,other=value`, values percent-encoded. What is not of that form is passed over. */
function pairsOf(text: string | undefined): Record<string, string> {
  const pairs = (text ?? "").split(",").flatMap((pair): [string, string][] => {
    const at = pair.indexOf("=");
    const key = pair.slice(0, Math.max(0, at)).trim();
    return key === "" ? [] : [[key, decoded(pair.slice(at + 1).trim())]];
  });
  return Object.fromEntries(pairs);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Only headers that a request can have: another one would make it throw. */
function allowed(headers: Record<string, string>): Record<string, string> {
  const isToken = (name: string) => /^[\w!#$%&'*+.^`|~-]+$/.test(name);
  const isText = (value: string) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
  return Object.fromEntries(Object.entries(headers).filter(([name, value]) => isToken(name) && isText(value)));
}
