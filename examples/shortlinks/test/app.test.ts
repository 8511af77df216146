import assert from "node:assert/strict";
import { test } from "node:test";
import { createApp } from "../src/app.ts";
import { databaseAt, migratedApp, request, settings } from "./workplace.ts";

test("a link leads to its address, counts the visit and may be remembered for CACHE_TTL", (t) => {
  const app = migratedApp(t);
  const made = app(request("POST", "/links", { fields: { target: "https://example.com/a?b=c" } }));
  assert.equal(made.status, 201);
  const { code, url } = JSON.parse(made.body);
  assert.equal(url, `http://short.test/${code}`);

  const followed = app(request("GET", `/${code}`));
  assert.equal(followed.status, 302);
  assert.equal(followed.headers.location, "https://example.com/a?b=c");
  assert.equal(followed.headers["cache-control"], "private, max-age=60");
  assert.equal(JSON.parse(app(request("GET", `/links/${code}`)).body).visits, 1);
});

test("only who made a link can delete it", (t) => {
  const app = migratedApp(t);
  const make = () => JSON.parse(app(request("POST", "/links", { fields: { target: "https://example.com" } })).body);
  const [mine, theirs] = [make(), make()];
  assert.equal(app(request("DELETE", `/links/${theirs.code}`, { bearer: mine.token })).status, 403);
  assert.equal(app(request("DELETE", `/links/${mine.code}`)).status, 403);
  assert.equal(app(request("DELETE", `/links/${mine.code}`, { bearer: mine.token })).status, 204);
  assert.equal(app(request("GET", `/${mine.code}`)).status, 404);
  assert.equal(app(request("GET", `/${theirs.code}`)).status, 302);
});

test("a token is worth nothing under another session key", (t) => {
  const database = databaseAt(t);
  const app = createApp(database, settings, Date.now);
  const other = createApp(database, { ...settings, sessionKey: "another session key, as long as needed" }, Date.now);
  const { code, token } = JSON.parse(
    app(request("POST", "/links", { fields: { target: "https://example.com" } })).body,
  );
  assert.equal(other(request("DELETE", `/links/${code}`, { bearer: token })).status, 403);
});

test("an address that is not a web address is refused", (t) => {
  const app = migratedApp(t);
  const refused = ["", "example.com", "javascript:alert(1)", "data:text/html,x", `https://x.test/${"a".repeat(2_048)}`];
  for (const target of refused) {
    assert.equal(app(request("POST", "/links", { fields: { target } })).status, 400, target);
  }
});

test("what somebody typed never becomes HTML", (t) => {
  const app = migratedApp(t);
  const fields = { target: 'https://example.com/?"><script>alert(1)</script>' };
  const page = app(request("POST", "/links", { json: false, fields }));
  assert.equal(page.status, 201);
  assert.doesNotMatch(page.body, /<script>/);
});

test("the page has a form, and the form makes and deletes a link", (t) => {
  const app = migratedApp(t);
  assert.match(app(request("GET", "/", { json: false })).body, /<form method="post" action="\/links">/);
  const created = app(request("POST", "/links", { json: false, fields: { target: "https://example.com" } }));
  const [, action = ""] = /action="(\/links\/\w+\/delete)"/.exec(created.body) ?? [];
  const [, token = ""] = /name="token" value="([^"]+)"/.exec(created.body) ?? [];
  assert.equal(app(request("POST", action, { json: false, fields: { token } })).status, 200);
  assert.match(app(request("GET", "/", { json: false })).body, /0 links so far/);
});

test("a link preview does not count as a visit", (t) => {
  const app = migratedApp(t);
  const { code } = JSON.parse(app(request("POST", "/links", { fields: { target: "https://example.com" } })).body);
  assert.equal(app(request("HEAD", `/${code}`)).status, 302);
  assert.equal(JSON.parse(app(request("GET", `/links/${code}`)).body).visits, 0);
});
