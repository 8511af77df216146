// Compiled, never run: each @ts-expect-error is a mistake that must be a red line in the editor.
import { defineProject, task } from "tidegate";

const build = task({ run: "x", inputs: [], localInputs: [".env"], confine: "sealed", network: true });
defineProject({ name: "limits", pipeline: { build }, cache: { maxSize: "1.5GB", maxAge: "12h" } });
defineProject({ name: "limits", pipeline: { build }, cache: { maxSize: 5_000_000 } });

// @ts-expect-error an unknown level
task({ run: "x", inputs: [], confine: "strict" });
// @ts-expect-error the network is on or off
task({ run: "x", inputs: [], network: "on" });
// @ts-expect-error a list of paths
task({ run: "x", inputs: [], localInputs: ".env" });
// @ts-expect-error an unknown unit of size
defineProject({ name: "limits", pipeline: { build }, cache: { maxSize: "10GiB" } });
// @ts-expect-error an unknown unit of age
defineProject({ name: "limits", pipeline: { build }, cache: { maxAge: "2w" } });
// @ts-expect-error a wrong key
defineProject({ name: "limits", pipeline: { build }, cache: { size: "1GB" } });
