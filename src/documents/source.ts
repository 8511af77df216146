/**
 * Where a statement comes from: one of four kinds. `declared`: the definition says it, at this key; `isDefault`: the
 * definition leaves it to Tidegate. `measured`: from what happened, so often, the last time on that day. `observed`: from a
 * look at what is there, on that day. `written`: a person wrote it. Without a day it is not known yet, and is said to be.
 */
export type Source =
  | { readonly kind: "declared"; readonly key: string; readonly isDefault?: true }
  | { readonly kind: "measured"; readonly at?: string; readonly times?: number }
  | { readonly kind: "observed"; readonly at?: string }
  | { readonly kind: "written"; readonly region: string };

export const declared = (key: string): Source => ({ kind: "declared", key });
/** What Tidegate does where the definition says nothing else. */
export const byDefault = (key: string): Source => ({ kind: "declared", key, isDefault: true });
export const measured = (from?: { readonly at: string; readonly times?: number }): Source => ({
  kind: "measured",
  ...(from !== undefined && { at: from.at, ...(from.times !== undefined && { times: from.times }) }),
});
export const observed = (at?: string): Source => ({ kind: "observed", ...(at !== undefined && { at }) });
