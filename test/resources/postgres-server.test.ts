import { test } from "vitest";
import { describeProvider } from "./conformance.ts";
import { majors, postgresSubject, requireDebians } from "./postgres-subject.ts";

test("Debian's PostgreSQL is here to be tested, with its pg_dump", requireDebians);

/** Debian's has pg_dump, npm's has not: snapshots of them are of different kinds. */
for (const major of majors) describeProvider(`PostgreSQL ${major}`, () => postgresSubject(major));
