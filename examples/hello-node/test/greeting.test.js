import { match } from "node:assert/strict";
import { test } from "node:test";
import { greeting } from "../greeting.js";

test("it greets", () => match(greeting, /^\w+ from Node$/));
