import { describe, expect, it } from "vitest";
import { chooseUpstream } from "../../src/gateway/embedded/balance/choose-upstream.ts";
import { defaultLimits } from "../../src/gateway/embedded/balance/limits.ts";
import { inParts, type LiveRoute } from "../../src/gateway/embedded/balance/routing.ts";
import { Traffic } from "../../src/gateway/embedded/balance/traffic.ts";
import { Upstream } from "../../src/gateway/embedded/balance/upstream.ts";

function upstream(name: string): Upstream {
  const counted = { environment: "production", instance: name, release: "r", deployment: 1, internal: false };
  return new Upstream({ host: "127.0.0.1", port: 1 }, new Traffic(counted, () => {}), defaultLimits);
}

function route(...pools: readonly { readonly share: number; readonly upstreams: readonly Upstream[] }[]): LiveRoute {
  const shares = inParts(pools.map(({ share }) => share));
  const live = pools.map(({ upstreams }, index) => {
    return { upstreams, share: shares[index]!, deployment: index, release: "r", credit: 0, turn: 0 };
  });
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

  it.each([
    [0.05, 0.95],
    [1 / 3, 2 / 3],
    [0.001, 0.999],
    [0.123456, 0.876544],
  ])("gives two pools (%f, %f) their share of any 1000 requests in a row, rounded up or down", (one, other) => {
    const shared = route({ share: one, upstreams: [upstream("a")] }, { share: other, upstreams: [upstream("b")] });
    expect(worstOfAny(choices(shared, 5_000).split(" "), "a", one)).toBeLessThan(1);
  });

  it("gives three pools and more their share of any 1000 requests in a row within two", () => {
    for (const shares of [
      [0.5, 0.3, 0.2],
      [0.9, 0.05, 0.03, 0.02],
      [0.31, 0.24, 0.2, 0.15, 0.1],
    ]) {
      const names = shares.map((_share, index) => `pool-${index}`);
      const pools = shares.map((share, index) => ({ share, upstreams: [upstream(names[index]!)] }));
      const chosen = choices(route(...pools), 5_000).split(" ");
      for (const [index, share] of shares.entries()) expect(worstOfAny(chosen, names[index]!, share)).toBeLessThan(2);
    }
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

/** How far a name is from its share in the worst 1000 choices in a row. */
function worstOfAny(chosen: readonly string[], name: string, share: number): number {
  const window = 1_000;
  let count = chosen.slice(0, window).filter((one) => one === name).length;
  let worst = Math.abs(count - window * share);
  for (let end = window; end < chosen.length; end += 1) {
    count += Number(chosen[end] === name) - Number(chosen[end - window] === name);
    worst = Math.max(worst, Math.abs(count - window * share));
  }
  return worst;
}
