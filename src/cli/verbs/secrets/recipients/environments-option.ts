/** Where a verb of `recipients` changes something. */
export const environments = {
  kind: "text",
  short: "e",
  value: "ENVIRONMENT",
  summary: "Only there, or shared; repeatable; default: everywhere",
  many: true,
} as const;
