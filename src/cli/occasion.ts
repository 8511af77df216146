/** Why a deployment is made, when it is because of another one that went wrong: options of the verbs that deploy. */
export const occasionOptions = {
  remediates: { kind: "number", value: "N", summary: "It remedies deployment N, which went wrong" },
  unplanned: { kind: "flag", summary: "It is due to an incident; `dora` counts it as rework" },
} as const;

/** What the options say, for a request. */
export function occasionOf({
  remediates,
  unplanned,
}: {
  readonly remediates: number | undefined;
  readonly unplanned: boolean;
}): {
  readonly remediates?: number;
  readonly unplanned?: true;
} {
  return { ...(remediates !== undefined && { remediates }), ...(unplanned && { unplanned }) };
}
