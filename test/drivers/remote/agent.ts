import "./register.ts";

await import("../../../src/agent/process/main.ts");
