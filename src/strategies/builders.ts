/** What a tidegate.config.ts chooses a strategy with. */
export { type BlueGreenStrategy, blueGreen } from "./blue-green/builder.ts";
export { type AnalysisOptions, type CanaryStrategy, canary } from "./canary/builder.ts";
export { type RecreateStrategy, recreate } from "./recreate/builder.ts";
export { type Amount, type RollingStrategy, rolling } from "./rolling/builder.ts";
