/**
 * `map` with at most `limit` of the calls under way; results in the order of the items. After a throw no call is
 * begun, and it is thrown on once those under way have ended: nothing goes on behind the caller's back.
 */
export async function mapLimited<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const queue = items.entries();
  let isOver = false;
  const worker = async (): Promise<void> => {
    for (const [position, item] of queue) {
      if (isOver) return;
      try {
        results[position] = await work(item);
      } catch (error) {
        isOver = true;
        throw error;
      }
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, worker));
  const thrown = workers.find((one) => one.status === "rejected");
  if (thrown !== undefined) throw thrown.reason;
  return results;
}
