// Compiled, never run: each @ts-expect-error is a mistake that must be a red line in the editor.
import { command, defineProject, secret, shared, task, variable, vault } from "tidegate";
import { z } from "zod";

const build = task({ run: "make" });

secret(z.string(), { from: command(["op", "read", "op://shop/{environment}/KEY"], { timeout: "10s" }) });
secret(shared(z.string(), "one licence"), {
  from: vault({ path: "kv/shop", field: "licence", address: "https://vault" }),
});
secret(z.string(), { from: variable("{environment}_TOKEN") });
defineProject({ name: "shop", pipeline: { build }, secrets: { path: "ops/{environment}.yaml" } });

// @ts-expect-error words, never a command line
command("op read x");
// @ts-expect-error a command has a program
command([]);
// @ts-expect-error a length of time
command(["op"], { timeout: "soon" });
// @ts-expect-error a path is needed
vault({ field: "x" });
// @ts-expect-error an address has a scheme
vault({ path: "kv/a", address: "vault.example.com" });
// @ts-expect-error a source is built
secret(z.string(), { from: "TOKEN" });
// @ts-expect-error there is a file for each environment
defineProject({ name: "shop", pipeline: { build }, secrets: { path: "secrets.yaml" } });
