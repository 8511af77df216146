/** What a tidegate.config.ts may import: builders and the types of what they build. */
export * from "./definition/builders.ts";
export * from "./definition/conditions.ts";
export type * from "./definition/types.ts";
export { type DurationSchema, duration } from "./definition/value-schemas.ts";
