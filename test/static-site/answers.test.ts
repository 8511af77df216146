import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { cacheControl, contentType } from "../../src/static-site/headers.ts";
import { siteOf } from "./site.ts";

const pages = {
  "index.html": "<h1>home</h1>",
  "about.html": "<h1>about</h1>",
  "docs/index.html": "<h1>docs</h1>",
  "docs/guide.html": "<h1>guide</h1>",
  "404.html": "<h1>lost</h1>",
  "style.css": "body { margin: 0 }",
};

describe("pages of a static site", () => {
  it("answer at clean addresses, and folders with a slash at their end", async () => {
    const { ask } = await siteOf(pages);
    const bodies: Readonly<Record<string, string>> = {
      "/": pages["index.html"],
      "/index.html": pages["index.html"],
      "/about": pages["about.html"],
      "/about.html": pages["about.html"],
      "/about?from=here": pages["about.html"],
      "/docs/": pages["docs/index.html"],
      "/docs/guide": pages["docs/guide.html"],
      "/style.css": pages["style.css"],
    };
    for (const [target, body] of Object.entries(bodies))
      expect(await ask(target), target).toMatchObject({ status: 200, body });
    const moved = { "/docs": "/docs/", "/docs?a=1&b": "/docs/?a=1&b", "/about/": "/about" };
    for (const [target, location] of Object.entries(moved))
      expect(await ask(target), target).toMatchObject({
        status: 301,
        headers: { location, "cache-control": "no-cache" },
      });
  });

  it("are 404.html where nothing is, and a line of text where there is none", async () => {
    const { ask } = await siteOf(pages);
    for (const target of ["/nothing", "/nothing/", "/docs/nothing.css"])
      expect(await ask(target)).toMatchObject({
        status: 404,
        body: pages["404.html"],
        headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" },
      });
    const bare = await siteOf({ "data.json": "{}" });
    expect(await bare.ask("/")).toMatchObject({ status: 404, body: "Not found\n" });
  });

  it("are the page of the application where it finds its own way, and never instead of a script", async () => {
    const { ask } = await siteOf(pages, { fallback: ["index.html"] });
    for (const target of ["/orders/17", "/orders/"])
      expect(await ask(target)).toMatchObject({ status: 200, body: pages["index.html"] });
    expect(await ask("/assets/gone.js")).toMatchObject({ status: 404, body: pages["404.html"] });
  });

  it("lie under a base when the site has a part of an address", async () => {
    const { ask } = await siteOf(pages, { base: ["manual"] });
    expect(await ask("/manual")).toMatchObject({ status: 301, headers: { location: "/manual/" } });
    expect(await ask("/manual/")).toMatchObject({ status: 200, body: pages["index.html"] });
    expect(await ask("/manual/docs")).toMatchObject({ status: 301, headers: { location: "/manual/docs/" } });
    expect(await ask("/about")).toMatchObject({ status: 404 });
    expect(await ask("/manualabout")).toMatchObject({ status: 404 });
  });
});

describe("headers of a static site", () => {
  it("say what a file is, that it is not to be guessed, and how long it may be kept", async () => {
    const { ask } = await siteOf({ ...pages, "app.3f2a91bc.js": "1", "data.bin": "\0" });
    expect((await ask("/")).headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "content-length": "13",
      "x-content-type-options": "nosniff",
      "cache-control": "no-cache",
      "accept-ranges": "bytes",
    });
    const script = (await ask("/app.3f2a91bc.js")).headers;
    expect(script["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(script["content-type"]).toBe("text/javascript; charset=utf-8");
    expect((await ask("/data.bin")).headers["content-type"]).toBe("application/octet-stream");
  });

  it("of a HEAD are those of a GET, without the body", async () => {
    const { ask } = await siteOf(pages);
    const [get, head] = [await ask("/about"), await ask("/about", {}, "HEAD")];
    expect(head).toMatchObject({ status: 200, body: "" });
    expect({ ...head.headers, date: "" }).toEqual({ ...get.headers, date: "" });
    expect(await ask("/about", { "Content-Length": "0" }, "POST")).toMatchObject({
      status: 405,
      headers: { allow: "GET, HEAD" },
    });
  });

  it("let a client ask whether what it has is still right", async () => {
    const { ask, root } = await siteOf(pages);
    const { etag = "", "last-modified": date = "" } = (await ask("/about")).headers;
    for (const headers of [
      { "If-None-Match": etag },
      { "If-None-Match": `"x", W/${etag}` },
      { "If-Modified-Since": date },
    ])
      expect(await ask("/about", headers)).toMatchObject({ status: 304, body: "", headers: { etag } });
    expect(await ask("/about", { "If-None-Match": '"other"', "If-Modified-Since": date })).toMatchObject({
      status: 200,
    });
    expect(await ask("/about", { "If-Match": '"other"' })).toMatchObject({ status: 412 });
    expect(await ask("/about", { "If-Match": etag })).toMatchObject({ status: 200 });
    // After a rollback the file is an older one: what the client has is newer, and wrong.
    const later = new Date("2030-01-01T00:00:00Z").toUTCString();
    expect(await ask("/about", { "If-Modified-Since": later })).toMatchObject({ status: 200 });
    writeFileSync(join(root, "about.html"), "<h1>ABOUT</h1>");
    utimesSync(join(root, "about.html"), new Date(), new Date("2020-01-01T00:00:00Z"));
    expect(await ask("/about", { "If-None-Match": etag })).toMatchObject({ status: 200, body: "<h1>ABOUT</h1>" });
  });

  it("of the same bytes are the same, whichever release they came with", async () => {
    const [one, other] = [await siteOf(pages), await siteOf(pages)];
    expect((await one.ask("/")).headers.etag).toBe((await other.ask("/")).headers.etag);
  });

  it("send a part to whoever asks for one", async () => {
    const { ask } = await siteOf({ "a.txt": "0123456789", "empty.txt": "" });
    const part = (range: string, more = {}) => ask("/a.txt", { Range: range, ...more });
    const rows = {
      "bytes=2-4": ["234", "2-4"],
      "bytes=7-": ["789", "7-9"],
      "bytes=-3": ["789", "7-9"],
      "bytes=5-99": ["56789", "5-9"],
    };
    for (const [range, [body, is]] of Object.entries(rows))
      expect(await part(range), range).toMatchObject({
        status: 206,
        body,
        headers: { "content-range": `bytes ${is}/10` },
      });
    for (const range of ["bytes=10-", "bytes=-0"])
      expect(await part(range), range).toMatchObject({ status: 416, headers: { "content-range": "bytes */10" } });
    for (const range of ["bytes=4-2", "bytes=0-1,3-4", "lines=1-2", "bytes=a-b"])
      expect(await part(range), range).toMatchObject({ status: 200, body: "0123456789" });
    expect(await part("bytes=0-1", { "If-Range": '"other"' })).toMatchObject({ status: 200 });
    const { etag = "" } = (await ask("/a.txt")).headers;
    expect(await part("bytes=0-1", { "If-Range": etag })).toMatchObject({ status: 206, body: "01" });
    expect(await ask("/empty.txt")).toMatchObject({ status: 200, body: "", headers: { "content-length": "0" } });
  });

  it("send what was compressed beside the file to those who take it", async () => {
    const { ask } = await siteOf({ "app.js": "plain", "app.js.br": "BR", "app.js.gz": "GZ", "b.js": "b" });
    const sent = async (accept: string) => {
      const { body, headers } = await ask("/app.js", { "Accept-Encoding": accept });
      expect(headers).toMatchObject({ vary: "Accept-Encoding", "content-type": "text/javascript; charset=utf-8" });
      return [body, headers["content-encoding"], headers.etag];
    };
    expect(await sent("gzip, deflate, br")).toEqual(["BR", "br", expect.any(String)]);
    expect(await sent("gzip;q=1.0, br;q=0.5")).toEqual(["GZ", "gzip", expect.any(String)]);
    expect(await sent("br;q=0, gzip")).toEqual(["GZ", "gzip", expect.any(String)]);
    expect(await sent("identity")).toEqual(["plain", undefined, expect.any(String)]);
    expect(new Set([(await sent("br"))[2], (await sent("gzip"))[2], (await sent(""))[2]]).size).toBe(3);
    expect(await ask("/app.js", { "Accept-Encoding": "br", Range: "bytes=0-1" })).toMatchObject({
      status: 206,
      body: "pl",
    });
    expect((await ask("/b.js", { "Accept-Encoding": "br" })).headers.vary).toBeUndefined();
  });
});

describe("nothing leads out of a static site", () => {
  it("however it is written", async () => {
    const { ask, above } = await siteOf({ ...pages, "a/b.txt": "b" });
    writeFileSync(join(above, "secret.txt"), "secret");
    const targets = [
      "/../secret.txt",
      "/a/../../secret.txt",
      "/%2e%2e/secret.txt",
      "/.%2e/secret.txt",
      "/..%2fsecret.txt",
      "/a%2f..%2f..%2fsecret.txt",
      "/..%5csecret.txt",
      "/..\\secret.txt",
      "/a/..%00/secret.txt",
      "/secret.txt%00.html",
      "//secret.txt",
      "/a//b.txt",
      "/%",
      "/%ff",
      "/./about",
      "http://site/about",
    ];
    for (const target of targets) {
      const { status, body } = await ask(target);
      expect([target, status, body.includes("secret")]).toEqual([target, 400, false]);
    }
    // Once decoded, not twice.
    expect(await ask("/%252e%252e/secret.txt")).toMatchObject({ status: 404 });
    expect(await ask("//evil.example/")).toMatchObject({ status: 400 });
  });

  it("by a link, unless it stays in the site", async () => {
    const { ask, above, root } = await siteOf({ ...pages, ".hidden/key.txt": "secret" });
    writeFileSync(join(above, "secret.txt"), "secret");
    mkdirSync(join(above, "site-beside"));
    writeFileSync(join(above, "site-beside/secret.txt"), "secret");
    symlinkSync("../secret.txt", join(root, "out.txt"));
    symlinkSync("../site-beside", join(root, "beside"));
    symlinkSync(".hidden/key.txt", join(root, "key.txt"));
    symlinkSync("about.html", join(root, "same.html"));
    symlinkSync("loop", join(root, "loop"));
    for (const target of ["/out.txt", "/beside/secret.txt", "/key.txt", "/loop"])
      expect(await ask(target), target).toMatchObject({ status: 404, body: pages["404.html"] });
    expect(await ask("/same")).toMatchObject({ status: 200, body: pages["about.html"] });
  });

  it("and hidden files are hidden, but for .well-known", async () => {
    const { ask } = await siteOf({
      ...pages,
      ".env": "KEY=secret",
      ".git/config": "secret",
      "docs/.htpasswd": "secret",
      ".well-known/security.txt": "Contact: us",
      "docs/.well-known/x.txt": "x",
    });
    for (const target of ["/.env", "/.git/config", "/docs/.htpasswd", "/%2eenv", "/docs/.well-known/x.txt"])
      expect(await ask(target), target).toMatchObject({ status: 404, body: pages["404.html"] });
    expect(await ask("/.well-known/security.txt")).toMatchObject({ status: 200, body: "Contact: us" });
  });

  it("and of a site at the top of a release only its own files are seen", async () => {
    const { ask } = await siteOf({ ...pages, "server.py": "secret", "img/a.svg": "<svg/>" }, {}, ["*.html", "img/"]);
    expect(await ask("/server.py")).toMatchObject({ status: 404 });
    expect(await ask("/style.css")).toMatchObject({ status: 404 });
    expect(await ask("/img/a.svg")).toMatchObject({ status: 200 });
    expect(await ask("/about")).toMatchObject({ status: 200 });
  });
});

test("a name is taken for a digest only when it can be nothing else", () => {
  const forEver = [
    "app.3f2a91bc.js",
    "static/js/main.8e3f1c2d.chunk.js",
    "chunk-5QTUN2ZK.js",
    "x-B3k9Tq2Z.css",
    "main.0a1b2c3d4e5f60718293.css",
    "_app/immutable/entry/start.js",
    "_next/static/chunks/main.js",
    "_astro/hoisted.js",
    "app.3f2a91bc.js.map",
  ];
  const asked = [
    "app.js",
    "bootstrap-datepicker.js",
    "hero-image001.png",
    "cover-iPhone6S.jpg",
    "sprite-Sprite64.svg",
    "report-20240101.pdf",
    "icons-2x.png",
    "jquery-3.7.1.min.js",
    "app.3f2a91bc.html",
    "photo-img_1234.jpg",
    "_nuxt/builds/latest.json",
  ];
  for (const path of forEver) expect([path, cacheControl(path)]).toEqual([path, expect.stringContaining("immutable")]);
  for (const path of asked) expect([path, cacheControl(path)]).toEqual([path, "no-cache"]);
  expect(cacheControl("assets/index-DataGrid.js", ["assets/"])).toContain("immutable");
  expect(cacheControl("assets/page.html", ["assets/"])).toBe("no-cache");
});

test("a type is that of the last ending, whatever the name has of objects in it", () => {
  expect(contentType("a/b.tar.gz")).toBe("application/gzip");
  expect(contentType("IMG.PNG")).toBe("image/png");
  expect(contentType("constructor")).toBe("application/octet-stream");
  expect(contentType("a.constructor")).toBe("application/octet-stream");
});
