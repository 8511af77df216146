import { expect, it } from "vitest";
import { credentialsIn } from "../../src/secrets/credentials-in.ts";

it.each([
  ["http://anna:secret@proxy:3128", ["secret", "anna:secret"]],
  ["https://token@packages.example.org/", ["token"]],
  ["https://a:b%40c@host/", ["b%40c", "b@c", "a:b%40c", "a:b@c"]],
  ["https://a:b@c@host/", ["b@c", "a:b@c"]],
  ["https://one:1@a,https://two:2@b|direct", ["1", "one:1", "2", "two:2"]],
  ["https://packages.example.org/@scope/name", []],
  ["https://packages.example.org:8080/", []],
  ["direct", []],
])("credentials in %s", (text, expected) => {
  expect(credentialsIn(text)).toEqual(expected);
});
