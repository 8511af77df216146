import { z } from "zod";
import { because, check, differs, external, recreate } from "../../../src/definition/builders.ts";
import { type Fact, unknownFact } from "../../../src/environment/parity/facts.ts";
import type { DeploymentSpec, ServiceSpec } from "../../../src/environment/spec.ts";
import { digest } from "../fixtures.ts";
import type { Specs, World } from "./world.ts";

/** Facts of both, which a plant may change. */
export interface Soil {
  staging: Fact[];
  production: Fact[];
}

/** A difference that is planted, and the rows that must tell it. */
export interface Plant {
  readonly name: string;
  readonly inDefinition?: (world: World) => void;
  readonly inSpecs?: (specs: Specs, world: World) => void;
  readonly inFacts?: (facts: Soil) => void;
  /** `dimension key: verdict why`, in place of what the row says without it. */
  readonly rows: readonly string[] | ((world: World) => readonly string[]);
  /** Part of a release: it is allowed where releases differ. */
  readonly isOfRelease?: true;
}

type Production = Specs["production"];
type Change<T> = { -readonly [K in keyof T]: T[K] };

function service(name: string, change: (service: Change<ServiceSpec>) => void) {
  return ({ production }: Specs) => {
    for (const one of production.services) if (one.name === name) change(one as Change<ServiceSpec>);
  };
}

function resource(change: (spec: Change<NonNullable<DeploymentSpec["resources"]>[number]>) => void) {
  return ({ production }: Specs) => change(production.resources!.find(({ name }) => name === "db") as never);
}

function config(production: Production): Record<string, string> {
  return production.config as Record<string, string>;
}

function secrets(production: Production): Record<string, string> {
  return production.secrets as Record<string, string>;
}

function replace(dimension: Fact["dimension"], key: string, text: string) {
  return (facts: Soil) => {
    facts.production = facts.production.map((fact) =>
      fact.dimension === dimension && fact.key === key
        ? { ...fact, held: { ...(fact.held as Extract<Fact["held"], { is: "text" }>), text } }
        : fact,
    );
  };
}

function hide(fact: Fact) {
  return (facts: Soil) => {
    facts.production = facts.production.map((one) =>
      one.dimension === fact.dimension && one.key === fact.key ? fact : one,
    );
  };
}

/** Each has a key of its own, so that any of them may be planted together. */
export const plants: readonly Plant[] = [
  {
    name: "another value of a key that is equal everywhere",
    inSpecs: ({ production }) => {
      config(production).VALUE = "90";
    },
    rows: ["config VALUE: violation undeclared"],
  },
  {
    name: "a key that one environment lacks",
    inSpecs: ({ production }) => void delete config(production).MISSING,
    rows: ["config MISSING: violation undeclared"],
  },
  {
    name: "a key that only one environment has",
    inSpecs: ({ production }) => {
      config(production).STRAY = "x";
    },
    rows: ["config STRAY: violation undeclared"],
  },
  {
    name: "a value set by hand",
    inSpecs: ({ production }) => {
      config(production).HAND = "by hand";
      production.set = ["HAND"];
    },
    rows: ({ basis }) => [`config HAND: ${basis === "planned" ? "declared hand" : "violation byHand"}`],
  },
  {
    name: "a declared difference that no longer is one",
    inDefinition: ({ project }) => {
      project.environments.production.config.WAS = "one";
    },
    rows: ["config WAS: violation needless"],
  },
  {
    name: "a declared difference whose day is over",
    inDefinition: ({ project }) => {
      project.config.OVER = differs(z.string(), "an experiment", { until: "2026-11-28" }) as never;
    },
    rows: ["config OVER: violation expired"],
  },
  {
    name: "another type of a value",
    inFacts: replace("types", "TYPED", "number"),
    rows: ["types TYPED: violation undeclared"],
    isOfRelease: true,
  },
  {
    name: "the same secret in both",
    inDefinition: ({ secrets }) => {
      secrets.production.LENT = secrets.staging.LENT!;
    },
    rows: ["secrets LENT: violation sameSecret"],
  },
  {
    name: "a shared secret that is not the same",
    inDefinition: ({ secrets }) => {
      secrets.production.ALIKE = "another account";
    },
    rows: ["secrets ALIKE: violation sharedDiffers"],
  },
  {
    name: "a secret that one environment lacks",
    inSpecs: ({ production }) => void delete secrets(production).LOST,
    rows: ["secrets LOST: violation undeclared"],
  },
  {
    name: "an optional secret that one environment lacks",
    inDefinition: ({ secrets }) => void delete secrets.production.PERHAPS,
    rows: ["secrets PERHAPS: declared own"],
  },
  {
    name: "a secret that cannot be read here",
    inFacts: hide(unknownFact("secrets", "OWN", { because: "secretUnreadable", observable: false })),
    rows: ["secrets OWN: unknown secretUnreadable"],
  },
  {
    name: "another route",
    inSpecs: service("api", (one) => {
      one.route = "/other";
    }),
    rows: ["services api: violation undeclared"],
    isOfRelease: true,
  },
  {
    name: "another command",
    inSpecs: service("api", (one) => {
      one.run = ["python3", "other.py"];
    }),
    rows: ["commands api run: violation undeclared"],
    isOfRelease: true,
  },
  {
    name: "no migration",
    inSpecs: service("web", (one) => void delete one.migrate),
    rows: ["commands web migrate: violation undeclared"],
    isOfRelease: true,
  },
  {
    name: "another question of health",
    inSpecs: service("api", (one) => {
      one.healthTimeoutMs = 1;
    }),
    rows: ["health api: violation undeclared"],
    isOfRelease: true,
  },
  {
    name: "more instances than the definition says",
    inSpecs: service("api", (one) => {
      one.replicas += 2;
    }),
    rows: ["replicas api: violation undeclared"],
    isOfRelease: true,
  },
  {
    name: "declared instances",
    inDefinition: ({ project }) => {
      project.environments.production.replicas = { web: differs(3, "traffic") };
    },
    rows: ["replicas web: declared differs"],
  },
  {
    name: "more memory than the definition says",
    inSpecs: service("web", (one) => {
      one.limits = { ...one.limits, memoryBytes: 1 };
    }),
    rows: ["limits web memory: violation undeclared"],
    isOfRelease: true,
  },
  {
    name: "declared limits that are the same everywhere",
    inDefinition: ({ project }) => {
      project.environments.production.limits = { api: differs({}, "it was larger once") };
    },
    // Nothing limits it anywhere, so that there is no row to tell it in: `check` does.
    rows: [],
  },
  {
    name: "another platform",
    inFacts: replace("runtime", "platform", "darwin arm64"),
    rows: ["runtime platform: violation undeclared"],
  },
  {
    name: "a runtime that the driver cannot tell",
    inFacts: hide(unknownFact("runtime", "web", { because: "driverCannotTell", observable: false })),
    rows: ["runtime web: unknown driverCannotTell"],
  },
  {
    name: "another strategy, with its reason",
    inDefinition: ({ project }) => {
      project.environments.production.strategy = because(recreate(), "one at a time");
    },
    rows: ["strategy strategy: declared standing"],
  },
  {
    name: "a gate of its own",
    inDefinition: ({ project }) => {
      project.environments.production.gates = [check("smoke", "true")];
    },
    rows: ["gates smoke: declared standing"],
  },
  {
    name: "another purpose",
    inFacts: replace("place", "purpose", "people try things"),
    rows: ["place purpose: declared standing"],
  },
];

/** What can be wrong with the database: one of them is planted, since a declared difference is one in all of it. */
export const ofDatabase: readonly Plant[] = [
  {
    name: "another backup",
    inSpecs: resource((spec) => {
      if (spec.resource === "postgres") spec.backup = { keep: 9, maxAgeMs: 9 };
    }),
    rows: ["resources db backup: violation undeclared"],
  },
  {
    name: "another version that answers",
    inFacts: replace("resources", "db seen", "16.9"),
    rows: ["resources db seen: violation undeclared"],
  },
  {
    name: "a resource that somebody else looks after, declared",
    inDefinition: ({ project, secrets }) => {
      project.environments.production.resources = { db: differs(external(), "the provider looks after it") };
      secrets.production.DB_URL = "postgres://db.example/shop";
    },
    rows: ["resources db: declared differs", "secrets DB_URL: declared own"],
  },
  {
    name: "another major version",
    inSpecs: resource((spec) => {
      if (spec.resource === "postgres") spec.version = "17";
    }),
    inFacts: replace("resources", "db seen", "17.1"),
    rows: ["resources db version: violation undeclared", "resources db seen: violation undeclared"],
  },
  {
    name: "a database of another version than is declared",
    inFacts: replace("resources", "db seen", "15.7"),
    rows: ["resources db seen: violation otherVersion"],
  },
  {
    name: "a database that cannot be reached",
    inFacts: hide(unknownFact("resources", "db seen", { because: "notReachable", observable: true })),
    rows: ["resources db seen: unknown notReachable"],
  },
];

/** Other releases: what is part of one may differ. */
export const anotherRelease: Plant = {
  name: "another release",
  inSpecs: ({ production }) => {
    production.release = digest("b");
  },
  rows: ["release release: declared order"],
};
