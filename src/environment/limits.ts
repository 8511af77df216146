import type { Capabilities, Instance } from "../drivers/driver.ts";
import type { ServiceSpec } from "./spec.ts";

/** A limit that nothing holds a service's instances to. */
export interface UnkeptLimit {
  readonly service: string;
  readonly limit: "memory" | "cpu";
  /** Bytes, or processors. */
  readonly value: number;
}

/** Which limits of a deployment a driver would not keep. */
export function unkeepable(services: readonly ServiceSpec[], { limits: kept }: Capabilities): UnkeptLimit[] {
  return services.flatMap((service) => limitsOf(service).filter(({ limit }) => !kept[limit]));
}

/** Which limits of a deployment a running instance of it is not held to, each once. */
export function unkept(
  { id, services }: { readonly id: number; readonly services: readonly ServiceSpec[] },
  instances: readonly Instance[],
): UnkeptLimit[] {
  const running = instances.filter(({ deployment, state }) => deployment === id && state.state === "running");
  return services.flatMap((service) => {
    const own = running.filter((instance) => instance.service === service.name);
    return limitsOf(service).filter(({ limit }) => own.some((instance) => !isHeld(instance, limit)));
  });
}

function limitsOf({ name, limits = {} }: ServiceSpec): UnkeptLimit[] {
  const { memoryBytes, cpu } = limits;
  return [
    ...(memoryBytes === undefined ? [] : [{ service: name, limit: "memory", value: memoryBytes } as const]),
    ...(cpu === undefined ? [] : [{ service: name, limit: "cpu", value: cpu } as const]),
  ];
}

function isHeld({ limits }: Instance, limit: UnkeptLimit["limit"]): boolean {
  return (limit === "memory" ? limits?.memoryBytes : limits?.cpu) !== undefined;
}
