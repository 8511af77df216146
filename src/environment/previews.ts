import { createHash } from "node:crypto";
import { checksIn } from "../definition/gates.ts";
import type { DriverChoice, Environment, Project } from "../definition/types.ts";
import { environmentUrl } from "../definition/where.ts";
import type { EnvironmentAbout } from "../records/resource.ts";
import type { ServiceRecord } from "../records/service.ts";
import type { EnvironmentRecord } from "../store/store.ts";
import { aboutOf } from "./about.ts";

/** As long as the name of an environment may be. */
const longestName = 40;

/** Where the definition says nothing: how long a preview lives, and how many there may be. */
export const previewDefaults = { ttl: "3d", max: 5 } as const;

/** Why a preview that is to go is still there. */
export type Unended = NonNullable<NonNullable<EnvironmentAbout["preview"]>["unended"]>;

const firstAgainMs = 5_000;
const longestAgainMs = 600_000;

/**
 * How long it is waited before a preview whose end failed so many times in a row is tried again: 5 s doubled each time, at
 * most 10 min. 1 → 5000, 2 → 10000, 3 → 20000, 8 → 600000.
 */
export function endAgainMs(tries: number): number {
  return Math.min(firstAgainMs * 2 ** (tries - 1), longestAgainMs);
}

/** An environment that was made as a preview, by what the store knows. */
export interface Preview {
  readonly name: string;
  readonly about: EnvironmentAbout & { readonly preview: NonNullable<EnvironmentAbout["preview"]> };
}

/** The previews among the environments. One whose record is not understood is none: it is left alone. */
export function previewsOf(records: readonly EnvironmentRecord[]): Preview[] {
  return records.flatMap((record) => {
    const about = aboutOf(record);
    const preview = about.ok ? about.value?.preview : undefined;
    return !about.ok || about.value === undefined || preview === undefined
      ? []
      : [{ name: record.name, about: { ...about.value, preview } }];
  });
}

/**
 * The project with the previews that the store knows, behind the environments of the definition: each use case treats
 * them like any other. One made like an environment that the definition no longer has is left out, and one whose name the
 * definition has taken: they can only be destroyed.
 */
export function withPreviews(project: Project, records: readonly EnvironmentRecord[]): Project {
  const previews = previewsOf(records).filter(({ about }) => about.preview.rehearses === undefined);
  const made = previews.flatMap(({ name, about }): [string, Environment][] => {
    const { from, branch, endsAt } = about.preview;
    if (!Object.hasOwn(project.environments, from) || Object.hasOwn(project.environments, name)) return [];
    const preview = { from, createdAt: about.createdAt, endsAt, ...(branch !== undefined && { branch }) };
    return [[name, { ...likeTemplate(name, from, project.environments[from]!), preview }]];
  });
  return made.length === 0
    ? project
    : { ...project, environments: { ...project.environments, ...Object.fromEntries(made) } };
}

/** The project with one environment more, in which a deployment to `from` is rehearsed. */
export function withRehearsal(project: Project, from: string, name: string, now: number): Project {
  const preview = { from, rehearses: true, createdAt: now, endsAt: now + rehearsalMs } as const;
  const rehearsal = { ...likeTemplate(name, from, project.environments[from]!), preview };
  return { ...project, environments: { ...project.environments, [name]: rehearsal } };
}

/** No rehearsal lives longer, whatever becomes of those who hold it. Milliseconds. */
export const rehearsalMs = 2 * 3_600_000;

/** The throw-away environment in which a deployment to `environment` is rehearsed. */
export function rehearsalName(environment: string): string {
  const name = `rehearsal-${environment}`;
  if (name.length <= longestName) return name;
  const digest = createHash("sha256").update(environment).digest("hex").slice(0, 8);
  return [name.slice(0, longestName - 9).replace(/-+$/, ""), digest].join("-");
}

/** What a preview takes over. What somebody else looks after is another environment's: it gets its own. */
function likeTemplate(name: string, from: string, template: Environment): Environment {
  const { after: _, protected: __, purpose: ___, gates, resources = {}, driver, ...rest } = template;
  const own = Object.entries(resources).filter(([, { value }]) => value.kind === "resource");
  return {
    ...rest,
    // What keeps people waiting is for what other people use.
    ...(gates !== undefined && { gates: checksIn(gates) }),
    driver: { ...driver, url: previewUrl(name, from, driver) },
    ...(own.length > 0 && { resources: Object.fromEntries(own) }),
    protected: false,
  };
}

/**
 * Its name in front of the host that its template's address names: `http://x.staging.example.com`. The template's own
 * label makes way where it has no address of its own: `http://x.localhost:8080`; so does what no name can stand before.
 */
export function previewUrl(name: string, from: string, driver: DriverChoice): string {
  if (driver.url === undefined) return environmentUrl(name, driver);
  const url = new URL(driver.url);
  const port = url.port === "" ? "" : `:${url.port}`;
  const isAddress = /^[\d.]+$|^\[/.test(url.hostname);
  const host = isAddress || url.hostname === `${from}.localhost` ? "localhost" : url.hostname;
  return `${url.protocol}//${name}.${host}${port}`;
}

/**
 * The name of a branch's preview: its letters and digits in lower case, dashes for everything else. Where that says less
 * than the branch's name, or is too long, a digest of the branch is put behind it only if nothing would be left of it
 * otherwise, or it was cut: `feature/Login` becomes `feature-login`.
 */
export function previewName(branch: string): string {
  const plain = branch.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  const words = plain.replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^[-\d]+|-+$/g, "");
  if (words !== "" && words.length <= longestName) return words;
  const digest = createHash("sha256").update(branch).digest("hex").slice(0, 8);
  return [words.slice(0, longestName - 9).replace(/-+$/, "") || "preview", digest].join("-");
}

/** Whether rehearsals run the service: what says nothing of them runs where previews run it. */
export function runsInRehearsals(service: Pick<ServiceRecord, "route" | "inPreviews" | "inRehearsal">): boolean {
  return service.inRehearsal ?? runsInPreviews(service);
}

/** Whether previews run the service. What takes no requests acts by itself, and maybe on the world outside. */
export function runsInPreviews({ route, inPreviews }: Pick<ServiceRecord, "route" | "inPreviews">): boolean {
  return inPreviews ?? route !== false;
}
