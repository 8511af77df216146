import { describe, expect, it } from "vitest";
import { chooseUpstream } from "../../src/gateway/embedded/balance/choose-upstream.ts";
import { defaultLimits } from "../../src/gateway/embedded/balance/limits.ts";
import type { LiveRoute } from "../../src/gateway/embedded/balance/routing.ts";
import { Traffic } from "../../src/gateway/embedded/balance/traffic.ts";
import { Upstream } from "../../src/gateway/embedded/balance/upstream.ts";

function upstream(name: string): Upstream {
  return new Upstream("127.0.0.1", 1, new Traffic("production", name, "r", () => {}), defaultLimits);
}

function route(...pools: readonly { readonly weight: number; readonly upstreams: readonly Upstream[] }[]): LiveRoute {
  return { prefix: "", pools: pools.map((pool) => ({ ...pool, credit: 0, turn: 0 })) };
}

function choices(from: LiveRoute, count: number): string {
  const names = Array.from({ length: count }, () => chooseUpstream(from, undefined, 0)?.traffic.instance);
  return names.join(" ");
}

describe("the choice of an instance", () => {
  it("spreads weights smoothly", () => {
    const [a, b, c] = [upstream("a"), upstream("b"), upstream("c")];
    const weighted = route({ weight: 5, upstreams: [a] }, { weight: 1, upstreams: [b] }, { weight: 1, upstreams: [c] });
    expect(choices(weighted, 14)).toBe("a a b a c a a a a b a c a a");
  });

  it("is exact for weights that are no whole numbers", () => {
    const weighted = route({ weight: 0.1, upstreams: [upstream("a")] }, { weight: 0.3, upstreams: [upstream("b")] });
    expect(
      choices(weighted, 400)
        .split(" ")
        .filter((name) => name === "a"),
    ).toHaveLength(100);
  });

  it("goes round among equals, and prefers the less busy", () => {
    const [a, b, c] = [upstream("a"), upstream("b"), upstream("c")];
    const single = route({ weight: 1, upstreams: [a, b, c] });
    expect(choices(single, 6)).toBe("a b c a b c");
    a.traffic.begin();
    a.traffic.begin();
    b.traffic.begin();
    expect(choices(single, 3)).toBe("c c c");
  });

  it("tries last what refused lately, across pools, and first again after a while", () => {
    const [a, b] = [upstream("a"), upstream("b")];
    const weighted = route({ weight: 99, upstreams: [a] }, { weight: 1, upstreams: [b] });
    a.avoid(0);
    expect(choices(weighted, 3)).toBe("b b b");
    expect(chooseUpstream(weighted, new Set([b]), 0)).toBe(a);
    expect(chooseUpstream(weighted, undefined, defaultLimits.avoidMs)).toBe(a);
    a.avoid(0);
    a.answered();
    expect(chooseUpstream(weighted, undefined, 0)).toBe(a);
  });

  it("gives nothing when all were tried, or there is none", () => {
    const a = upstream("a");
    expect(chooseUpstream(route({ weight: 1, upstreams: [a] }), new Set([a]), 0)).toBeUndefined();
    expect(chooseUpstream(route(), undefined, 0)).toBeUndefined();
  });
});
