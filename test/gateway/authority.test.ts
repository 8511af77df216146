import { describe, expect, it } from "vitest";
import { hostOf, pathOf, readAuthority, readTarget } from "../../src/gateway/embedded/proxy/authority.ts";

describe("hosts", () => {
  it.each([
    ["app.localhost", "app.localhost"],
    ["APP.localhost:8080", "app.localhost"],
    ["127.0.0.1:80", "127.0.0.1"],
    ["[::1]:80", "[::1]"],
    ["app.localhost:", "app.localhost"],
    ["under_score", "under_score"],
    ["app.localhost.:80", "app.localhost"],
    ["App.Localhost.", "app.localhost"],
    ["%61pp.local%48ost:1", "app.localhost"],
    ["app%2Elocalhost%2e", "app.localhost"],
    ["app.localhost:000080", "app.localhost"],
    ["[0:0:0:0:0:0:0:1]:80", "[::1]"],
    ["[2001:DB8::0:1]", "[2001:db8::1]"],
    ["[::ffff:127.0.0.1]", "[::ffff:7f00:1]"],
  ])("%j is %j", (authority, host) => expect(hostOf(authority)).toBe(host));

  it.each([
    "",
    ":80",
    "a b",
    "a@b",
    "a/b",
    "a,b",
    "a:b",
    "a:1:2",
    "::1",
    "[::1",
    "[x]",
    "a%20b",
    "ä",
    "a:999999",
    "a:65536",
    ".",
    ".a",
    "a..b",
    "a%2Fb",
    "a%00b",
    "a%c3%a4",
    "a%2",
    "a%3A80",
    "%5B::1%5D",
    "[::1%25lo]",
    "[v1.x]",
    "[1]",
    "a".repeat(300),
  ])("%j is none", (authority) => expect(hostOf(authority)).toBeUndefined());
});

it("a host is sent on as it was written, but for what was percent-encoded", () => {
  expect(readAuthority("APP.localhost.:080")?.sent).toBe("APP.localhost.:080");
  expect(readAuthority("%41PP.localhost:80")?.sent).toBe("APP.localhost:80");
});

describe("request targets", () => {
  it.each([
    ["/a?b", "GET", { sent: "/a?b" }],
    ["//a/b", "GET", { sent: "//a/b" }],
    ["*", "OPTIONS", { sent: "*" }],
    ["http://a:1/b?c", "GET", { authority: "a:1", sent: "/b?c" }],
    ["HTTP://a", "GET", { authority: "a", sent: "/" }],
    ["http://a?b", "GET", { authority: "a", sent: "/?b" }],
    ["http://me@a/", "GET", { authority: "me@a", sent: "/" }],
  ])("%j of %s", (target, method, expected) => expect(readTarget(target, method)).toEqual(expected));

  it.each(["", "a", "*", "https://a/", "ftp://a/", "http:/a", "/a#b", "http://a/#b"])("%j is none for GET", (target) =>
    expect(readTarget(target, "GET")).toBeUndefined(),
  );

  it.each([
    ["/a/b?c/d", "/a/b"],
    ["/a%2Fb/../c", "/a%2Fb/../c"],
    ["/?x", "/"],
    ["*", "/"],
  ])("routes look at the path as it was written: %j → %j", (sent, path) => expect(pathOf(sent)).toBe(path));
});
