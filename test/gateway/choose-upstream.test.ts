import { describe, expect, it } from "vitest";
import { chooseUpstream } from "../../src/gateway/embedded/balance/choose-upstream.ts";
import { defaultLimits } from "../../src/gateway/embedded/balance/limits.ts";
import type { LiveRoute } from "../../src/gateway/embedded/balance/routing.ts";
import { Traffic } from "../../src/gateway/embedded/balance/traffic.ts";
import { Upstream } from "../../src/gateway/embedded/balance/upstream.ts";

function upstream(name: string): Upstream {
  const counted = { environment: "production", instance: name, release: "r", deployment: 1, internal: false };
  return new Upstream({ host: "127.0.0.1", port: 1 }, new Traffic(counted, () => {}), defaultLimits);
}

function route(...pools: readonly { readonly share: number; readonly upstreams: readonly Upstream[] }[]): LiveRoute {
  const live = pools.map((pool, index) => ({ ...pool, deployment: index, release: "r", credit: 0, turn: 0 }));
  return { prefix: "", pools: live };
}

function choices(from: LiveRoute, count: number): string {
  const names = Array.from({ length: count }, () => chooseUpstream(from, undefined, 0)?.traffic.of.instance);
  return names.join(" ");
}

describe("the choice of an instance", () => {
  it("spreads shares smoothly", () => {
    const [a, b, c] = [upstream("a"), upstream("b"), upstream("c")];
    const shared = route({ share: 5, upstreams: [a] }, { share: 1, upstreams: [b] }, { share: 1, upstreams: [c] });
    expect(choices(shared, 14)).toBe("a a b a c a a a a b a c a a");
  });

  it("is exact for shares that are no whole numbers", () => {
    const shared = route({ share: 0.1, upstreams: [upstream("a")] }, { share: 0.3, upstreams: [upstream("b")] });
    expect(
      choices(shared, 400)
        .split(" ")
        .filter((name) => name === "a"),
    ).toHaveLength(100);
  });

  it("goes round among equals, and prefers the less busy", () => {
    const [a, b, c] = [upstream("a"), upstream("b"), upstream("c")];
    const single = route({ share: 1, upstreams: [a, b, c] });
    expect(choices(single, 6)).toBe("a b c a b c");
    a.traffic.begin();
    a.traffic.begin();
    b.traffic.begin();
    expect(choices(single, 3)).toBe("c c c");
  });

  it("tries last what refused lately, across pools, and first again after a while", () => {
    const [a, b] = [upstream("a"), upstream("b")];
    const shared = route({ share: 99, upstreams: [a] }, { share: 1, upstreams: [b] });
    a.avoid(0);
    expect(choices(shared, 3)).toBe("b b b");
    expect(chooseUpstream(shared, new Set([b]), 0)).toBe(a);
    expect(chooseUpstream(shared, undefined, defaultLimits.avoidMs)).toBe(a);
    a.avoid(0);
    a.answered();
    expect(chooseUpstream(shared, undefined, 0)).toBe(a);
  });

  it("gives nothing when all were tried, or there is none", () => {
    const a = upstream("a");
    expect(chooseUpstream(route({ share: 1, upstreams: [a] }), new Set([a]), 0)).toBeUndefined();
    expect(chooseUpstream(route(), undefined, 0)).toBeUndefined();
  });
});
