/** How a gate is set aside in an emergency: options of the verbs that deploy. */
export const overrideOptions = {
  override: {
    kind: "text",
    value: "GATE",
    summary: "In an emergency: go past this gate; recorded, and shown in status until acknowledged; repeatable",
    many: true,
  },
  reason: { kind: "text", value: "TEXT", summary: "With --override: why; it is written down" },
} as const;
