import type { Emit } from "../../events/event.ts";
import { type Endpoint, endpointOf } from "./endpoint.ts";
import { tracesBody } from "./otlp.ts";
import { RunSpans } from "./run-spans.ts";
import { send } from "./send.ts";
import { parseTraceparent, showTraceparent } from "./trace-context.ts";

export interface TracerOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly project: string;
  readonly version: string;
  readonly now: () => number;
}

const spansAtOnce = 500;
/** However slow the collector is, the end of a run waits no longer. */
const longestWaitMs = 1500;

/** Tells a collector of OpenTelemetry of a run. It never fails a run, and holds its end up for a moment at most. */
export class Tracer {
  readonly #endpoint: Endpoint;
  readonly #options: TracerOptions;
  readonly #spans: RunSpans;
  readonly #under = new Set<Promise<void>>();
  readonly #over = new AbortController();
  #waiting = 0;

  /** `undefined` when nobody wants to be told. */
  static start(options: TracerOptions): Tracer | undefined {
    const endpoint = endpointOf(options.environment, options.project);
    return endpoint && new Tracer(endpoint, options);
  }

  private constructor(endpoint: Endpoint, options: TracerOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#spans = new RunSpans(parseTraceparent(options.environment.TRACEPARENT));
  }

  readonly emit: Emit = (event) => {
    this.#spans.apply(event, this.#options.now());
    if (event.type !== "taskHit" && event.type !== "taskFinished" && event.type !== "taskSkipped") return;
    this.#waiting += 1;
    if (this.#waiting >= spansAtOnce) this.#flush();
  };

  /** What a task finds in `TRACEPARENT`. */
  readonly traceOf = (task: string): string => showTraceparent(this.#spans.contextOf(task));

  /** Sends the rest. Resolves when all is sent, or after a moment; then nothing of it is under way any more. */
  async end(): Promise<void> {
    this.#flush();
    const timer = setTimeout(() => this.#over.abort(), longestWaitMs);
    await Promise.all(this.#under);
    clearTimeout(timer);
  }

  #flush(): void {
    this.#waiting = 0;
    const spans = this.#spans.take();
    if (spans.length === 0) return;
    const { url, headers, resource } = this.#endpoint;
    const body = tracesBody(spans, resource, this.#options.version);
    const sent: Promise<void> = send({ url, headers, body, signal: this.#over.signal });
    this.#under.add(sent);
    void sent.then(() => this.#under.delete(sent));
  }
}
