import { randomBytes } from "node:crypto";

/** Where a span stands: https://www.w3.org/TR/trace-context/ */
export interface TraceContext {
  /** 32 hexadecimal digits, not all 0. */
  readonly trace: string;
  /** 16 hexadecimal digits, not all 0. */
  readonly span: string;
  readonly isSampled: boolean;
}

const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** The context in a `traceparent`; `undefined` when it is none, or not in a form that is understood. */
export function parseTraceparent(text: string | undefined): TraceContext | undefined {
  const [, version, trace, span, flags, more] = form.exec(text?.trim() ?? "") ?? [];
  if (version === undefined || trace === undefined || span === undefined || flags === undefined) return undefined;
  if (version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (/^0+$/.test(trace) || /^0+$/.test(span)) return undefined;
  return { trace, span, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function showTraceparent({ trace, span, isSampled }: TraceContext): string {
  return `00-${trace}-${span}-${isSampled ? "01" : "00"}`;
}

/** A new span in a trace, or in a new one. */
export function newSpan(parent: TraceContext | undefined): TraceContext {
  const trace = parent?.trace ?? randomBytes(16).toString("hex");
  return { trace, span: randomBytes(8).toString("hex"), isSampled: parent?.isSampled ?? true };
}
