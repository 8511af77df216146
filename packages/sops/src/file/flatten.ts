import { limits } from "../text/limits.ts";
import type { PlainValue } from "./types.ts";

/**
 * Metadata in a dotenv file: `__map_` before a key, `__list_` before an index.
 * Source: getsops/sops `stores/flatten.go`.
 */
export function flatten(value: ReadonlyMap<string, PlainValue>, prefix: string): [key: string, text: string][] {
  return [...value].flatMap(([key, child]) => flattenInto(prefix + key, child));
}

function flattenInto(key: string, value: PlainValue): [key: string, text: string][] {
  if (value instanceof Map) return [...value].flatMap(([name, child]) => flattenInto(`${key}__map_${name}`, child));
  if (Array.isArray(value)) return value.flatMap((child, index) => flattenInto(`${key}__list_${index}`, child));
  return value === null ? [] : [[key, String(value)]];
}

type Step = { readonly key: string } | { readonly index: number };

interface Draft {
  value?: string;
  keys?: Map<string, Draft>;
  items?: Map<number, Draft>;
}

/** Undefined when keys contradict each other, nest too deeply, or a list has gaps. */
export function unflatten(
  entries: readonly (readonly [key: string, text: string])[],
): ReadonlyMap<string, PlainValue> | undefined {
  const root: Draft = { keys: new Map() };
  for (const [key, value] of entries) {
    const steps = stepsOf(key);
    if (steps.length > limits.depth) return undefined;
    const place = steps.reduce(childOf, root);
    if (place.value !== undefined) return undefined;
    place.value = value;
  }
  const built = build(root);
  return built instanceof Map ? built : undefined;
}

function stepsOf(key: string): Step[] {
  const [first = "", ...others] = key.split(/(?=__map_|__list_)/);
  const steps = others.map((part): Step => {
    const list = /^__list_(\d{1,6})$/.exec(part);
    return list === null ? { key: part.replace(/^__map_/, "") } : { index: Number(list[1]) };
  });
  return [{ key: first }, ...steps];
}

function childOf(draft: Draft, step: Step): Draft {
  if ("key" in step) {
    draft.keys ??= new Map();
    const child = draft.keys.get(step.key) ?? {};
    draft.keys.set(step.key, child);
    return child;
  }
  draft.items ??= new Map();
  const child = draft.items.get(step.index) ?? {};
  draft.items.set(step.index, child);
  return child;
}

function build(draft: Draft): PlainValue | undefined {
  const kinds = [draft.value, draft.keys, draft.items].filter((kind) => kind !== undefined);
  if (kinds.length !== 1) return undefined;
  if (draft.value !== undefined) return draft.value;
  if (draft.keys !== undefined) return buildMap(draft.keys);
  const items = Array.from({ length: draft.items?.size ?? 0 }, (_, index) => build(draft.items?.get(index) ?? {}));
  return items.includes(undefined) ? undefined : (items as PlainValue[]);
}

function buildMap(keys: ReadonlyMap<string, Draft>): PlainValue | undefined {
  const built = [...keys].map(([key, child]) => [key, build(child)] as const);
  return built.some(([, value]) => value === undefined) ? undefined : new Map(built as [string, PlainValue][]);
}
