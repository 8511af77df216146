/** What a file may ask for. Beyond it lies no secrets file, but one made to exhaust whoever reads it. */
export const limits = {
  bytes: 16 * 1024 * 1024,
  /** Collections in each other. */
  depth: 100,
  /** Nodes that aliases may add to a YAML file. */
  aliasNodes: 100_000,
} as const;
