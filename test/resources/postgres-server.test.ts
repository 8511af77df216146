import { existsSync } from "node:fs";
import { describeProvider } from "./conformance.ts";
import { postgresSubject } from "./postgres-subject.ts";

/** Debian's has pg_dump, npm's has not: snapshots of them are of different kinds. */
if (existsSync("/usr/lib/postgresql/15/bin/postgres"))
  describeProvider("Debian's PostgreSQL 15", () => postgresSubject("15"));
describeProvider("npm's PostgreSQL 18", () => postgresSubject("18"));
