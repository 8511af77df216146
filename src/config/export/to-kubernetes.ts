import type { ExportedKey } from "./exported.ts";
import { print } from "./to-yaml.ts";

/** What the objects are called. */
export interface KubernetesNames {
  readonly project: string;
  readonly environment: string;
}

/**
 * A ConfigMap, and a Secret when there are secrets among the keys, both for `envFrom`. Everything in them is text, as it is in
 * environment variables.
 */
export async function toKubernetes(keys: readonly ExportedKey[], names: KubernetesNames): Promise<string> {
  const secrets = keys.filter(({ isSecret }) => isSecret);
  const plain = keys.filter(({ isSecret }) => !isSecret);
  const objects = [
    { ...head("ConfigMap", "config", names), data: texts(plain) },
    ...(secrets.length === 0
      ? []
      : [{ ...head("Secret", "secrets", names), type: "Opaque", stringData: texts(secrets) }]),
  ];
  return (await Promise.all(objects.map(print))).join("---\n");
}

function head(kind: string, suffix: string, { project, environment }: KubernetesNames) {
  const labels = { "app.kubernetes.io/name": project, "app.kubernetes.io/managed-by": "tidegate" };
  return { apiVersion: "v1", kind, metadata: { name: `${project}-${environment}-${suffix}`, labels } };
}

function texts(keys: readonly ExportedKey[]): ReadonlyMap<string, string> {
  return new Map(keys.map(({ key, text }) => [key, text]));
}
