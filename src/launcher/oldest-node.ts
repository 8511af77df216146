/** The first version of Node that Tidegate runs on; what starts it runs on older ones. */
export const oldestNode = 24;

export function isNodeTooOld(nodeVersion: string): boolean {
  return Number.parseInt(nodeVersion, 10) < oldestNode;
}
