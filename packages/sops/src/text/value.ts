/** From the top of a document down: keys of mappings, indices of lists (comments are not counted). */
export type KeyPath = readonly (string | number)[];

/** Integers are `bigint`; a `number` is a float. */
export type Scalar = string | bigint | number | boolean | Date | null;

/** Mappings are `Map`s, so that no key (`__proto__`) has a meaning of its own. */
export type PlainValue = Scalar | readonly PlainValue[] | ReadonlyMap<string, PlainValue>;

/** What SOPS tells apart. */
export type LeafType = "str" | "int" | "float" | "bool" | "time" | "bytes" | "null";

/** A value to set, or to take away. */
export type Change =
  | { readonly path: KeyPath; readonly value: PlainValue }
  | { readonly path: KeyPath; readonly remove: true };
