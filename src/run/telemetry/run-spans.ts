import type { Event, RunReason, TestCounts } from "../../events/event.ts";
import type { Attributes, Span } from "./span.ts";
import { newSpan, type TraceContext } from "./trace-context.ts";

type Of<T extends Event["type"]> = Extract<Event, { type: T }>;

interface OpenTask {
  readonly startedAt: number;
  readonly reason: RunReason;
  readonly attempts: number;
}

/**
 * The spans of a run: one for the run, and below it one for each task. The names of attributes follow OpenTelemetry's
 * conventions for CI/CD where there are any. No output of a task is in them, nor values of variables.
 */
export class RunSpans {
  readonly #parent: TraceContext | undefined;
  readonly #root: TraceContext;
  readonly #tasks = new Map<string, TraceContext>();
  readonly #open = new Map<string, OpenTask>();
  readonly #spans: Span[] = [];
  #startedAt = 0;
  #concurrency = 0;

  /** `parent`: what the caller of Tidegate is part of. */
  constructor(parent: TraceContext | undefined) {
    this.#parent = parent;
    this.#root = newSpan(parent);
  }

  /** The place of a task in the trace; the same each time. */
  contextOf(task: string): TraceContext {
    const known = this.#tasks.get(task) ?? newSpan(this.#root);
    this.#tasks.set(task, known);
    return known;
  }

  /** What has ended since the last call; only whole spans are given. */
  take(): Span[] {
    return this.#spans.splice(0);
  }

  apply(event: Event, at: number): void {
    switch (event.type) {
      case "runStarted":
        this.#startedAt = at;
        this.#concurrency = event.concurrency;
        return;
      case "taskStarted":
        this.#start(event, at);
        return;
      case "taskHit":
        this.#task(event.task, at, at, { ...hit(event), ...tests(event.tests) }, { code: "ok" });
        return;
      case "taskFinished":
        this.#finish(event, at);
        return;
      case "taskSkipped":
        this.#task(
          event.task,
          at,
          at,
          { ...outcome("skip"), "tidegate.skip.reason": event.because.reason },
          { code: "unset" },
        );
        return;
      case "runFinished":
        this.#end(event, at);
        return;
      default:
    }
  }

  #start({ task, attempt, reason }: Of<"taskStarted">, at: number): void {
    const startedAt = this.#open.get(task)?.startedAt ?? at;
    this.#open.set(task, { startedAt, reason, attempts: attempt });
  }

  #finish(event: Of<"taskFinished">, at: number): void {
    const open = this.#open.get(event.task);
    const { outcome: ended, cache } = event;
    const attributes = {
      ...outcome(ended.outcome === "succeeded" ? "success" : ended.outcome === "failed" ? "failure" : "cancellation"),
      "tidegate.cache.hit": false,
      "tidegate.cache.stored": cache.stored,
      "tidegate.task.attempts": open?.attempts ?? 0,
      ...(open && { "tidegate.run.reason": open.reason.reason }),
      ...(open?.reason.reason === "changed" && { "tidegate.run.changed": open.reason.part }),
      ...(ended.outcome === "failed" && { "error.type": ended.failures[0]?.code ?? "task-failed" }),
      ...tests(event.tests),
    };
    const message = ended.outcome === "failed" ? (ended.failures[0]?.message ?? "") : "";
    const status = ended.outcome === "failed" ? ({ code: "error", message } as const) : ({ code: "ok" } as const);
    this.#task(
      event.task,
      open?.startedAt ?? at,
      at,
      attributes,
      ended.outcome === "cancelled" ? { code: "unset" } : status,
    );
  }

  #task(task: string, startedAt: number, endedAt: number, attributes: Attributes, status: Span["status"]): void {
    const { trace, span } = this.contextOf(task);
    const named = { "cicd.pipeline.task.name": task, ...attributes };
    const place = { trace, id: span, parent: this.#root.span };
    this.#spans.push({ ...place, name: task, startedAt, endedAt, attributes: named, status });
  }

  #end({ run, outcome: ended, counts }: Of<"runFinished">, at: number): void {
    const { trace, span } = this.#root;
    const attributes = {
      "cicd.pipeline.run.id": run,
      "cicd.pipeline.result": ended === "succeeded" ? "success" : ended === "failed" ? "failure" : "cancellation",
      "tidegate.run.concurrency": this.#concurrency,
      "tidegate.run.hits": counts.hits,
      "tidegate.run.ran": counts.ran,
      "tidegate.run.failed": counts.failed,
      "tidegate.run.skipped": counts.skipped,
    };
    const status =
      ended === "failed" ? ({ code: "error", message: "tasks failed" } as const) : ({ code: "unset" } as const);
    const parent = this.#parent && { parent: this.#parent.span };
    const times = { startedAt: this.#startedAt, endedAt: at };
    this.#spans.push({ trace, id: span, ...parent, name: "tidegate run", ...times, attributes, status });
  }
}

function outcome(result: "success" | "failure" | "cancellation" | "skip"): Attributes {
  return { "cicd.pipeline.task.run.result": result };
}

function hit({ restored, savedMs, fingerprint }: Of<"taskHit">): Attributes {
  return {
    ...outcome("success"),
    "tidegate.cache.hit": true,
    "tidegate.cache.restored": restored,
    "tidegate.cache.saved_ms": savedMs,
    "tidegate.fingerprint": fingerprint,
  };
}

function tests(counts: TestCounts | undefined): Attributes {
  if (counts === undefined) return {};
  const { passed, failed, skipped } = counts;
  return { "tidegate.tests.passed": passed, "tidegate.tests.failed": failed, "tidegate.tests.skipped": skipped };
}
