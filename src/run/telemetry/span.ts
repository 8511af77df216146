/** A span as it is sent. Times are milliseconds since 1970. */
export interface Span {
  readonly trace: string;
  readonly id: string;
  readonly parent?: string;
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Attributes;
  readonly status: { readonly code: "unset" | "ok" } | { readonly code: "error"; readonly message: string };
}

export type Attributes = Readonly<Record<string, string | number | boolean | readonly string[]>>;
