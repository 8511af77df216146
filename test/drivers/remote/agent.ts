import "./register.ts";

await import("../../../src/agent/main.ts");
