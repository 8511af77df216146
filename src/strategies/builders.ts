/** What a tidegate.config.ts chooses a strategy with. */
export { type RecreateStrategy, recreate } from "./recreate/builder.ts";
export { type RollingStrategy, rolling } from "./rolling/builder.ts";
