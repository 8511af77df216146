import { describe, expect, it } from "vitest";
import { Traffic } from "../../src/gateway/embedded/balance/traffic.ts";
import { latencyBoundsMs } from "../../src/gateway/gateway.ts";

const counted = { environment: "production", instance: "one", release: "r", deployment: 1, internal: false };

describe("the histogram of latencies", () => {
  it("has bounds that go up, and are their own buckets' last value", () => {
    expect([...latencyBoundsMs].sort((one, other) => one - other)).toEqual([...latencyBoundsMs]);
    for (const [bucket, bound] of latencyBoundsMs.entries()) {
      const traffic = new Traffic(counted, () => {});
      traffic.answered(bound);
      traffic.answered(bound + 0.001);
      const { latency } = traffic.snapshot(0);
      expect(latency.slice(bucket, bucket + 2)).toEqual([1, 1]);
    }
  });

  it.each([
    [0, 0],
    [0.4, 0],
    [1.5, 1],
    [60_000.5, latencyBoundsMs.length],
    [Number.POSITIVE_INFINITY, latencyBoundsMs.length],
  ])("counts %f ms in bucket %i", (tookMs, bucket) => {
    const traffic = new Traffic(counted, () => {});
    traffic.answered(tookMs);
    const { latency } = traffic.snapshot(0);
    expect(latency).toHaveLength(latencyBoundsMs.length + 1);
    expect(latency.indexOf(1)).toBe(bucket);
  });
});
