import { describe, expect, it } from "vitest";
import { hostOf, pathOf, readTarget } from "../../src/gateway/embedded/proxy/authority.ts";

describe("hosts", () => {
  it.each([
    ["app.localhost", "app.localhost"],
    ["APP.localhost:8080", "app.localhost"],
    ["127.0.0.1:80", "127.0.0.1"],
    ["[::1]:80", "[::1]"],
    ["app.localhost:", "app.localhost"],
    ["under_score", "under_score"],
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
    "a".repeat(300),
  ])("%j is none", (authority) => expect(hostOf(authority)).toBeUndefined());
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
