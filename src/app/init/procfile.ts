import type { Repository } from "./repository.ts";

/** What a Procfile says: how the service is started, and what runs before a release is used. */
export interface Procfile {
  readonly web?: string;
  readonly release?: string;
}

/** The Procfile of the repository; `{}` when there is none. */
export function readProcfile(repository: Repository): Procfile {
  const text = repository.read("Procfile");
  const line = (name: string) => new RegExp(`^${name}[ \\t]*:[ \\t]*(\\S.*?)[ \\t]*$`, "m").exec(text)?.[1];
  const [web, release] = [line("web"), line("release")];
  return { ...(web !== undefined && { web }), ...(release !== undefined && { release }) };
}
