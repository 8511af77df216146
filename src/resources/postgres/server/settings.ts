import { chmodSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../../files/write-atomic.ts";
import { superuser } from "./initialise.ts";
import type { ServerRecord } from "./record.ts";

/**
 * Writes the server's settings beside its data: where its user may read and not write them. Nothing in them is secret.
 * Statements are not logged, not even those that fail: they may hold data.
 *
 * @throws the system's error.
 */
export function writeSettings(record: ServerRecord): { readonly config: string; readonly access: string } {
  const [config, access] = [join(record.home, "postgresql.conf"), join(record.home, "pg_hba.conf")];
  const mode = record.uid === undefined ? 0o600 : 0o644;
  for (const [path, lines] of [
    [config, settings(record.port)],
    [access, accessRules],
  ] as const) {
    writeFileAtomic(path, `${lines.join("\n")}\n`, mode);
    // Whatever mask the process has.
    chmodSync(path, mode);
  }
  return { config, access };
}

function settings(port: number): readonly string[] {
  return [
    "# Written by Tidegate at each start.",
    "listen_addresses = '127.0.0.1'",
    `port = ${port}`,
    "max_connections = 200",
    "shared_buffers = 64MB",
    // Below the data, which is private.
    "unix_socket_directories = '.'",
    "unix_socket_permissions = 0700",
    "password_encryption = 'scram-sha-256'",
    "timezone = 'UTC'",
    "log_timezone = 'UTC'",
    "log_destination = 'stderr'",
    "logging_collector = off",
    "log_line_prefix = '%m [%p] %q%u@%d '",
    "log_statement = 'none'",
    "log_min_error_statement = 'panic'",
    "log_checkpoints = off",
  ];
}

/** The superuser comes in by the socket in the private folder alone. */
const accessRules = [
  "# Written by Tidegate at each start.",
  "local all all scram-sha-256",
  `host all ${superuser} all reject`,
  "host all all 127.0.0.1/32 scram-sha-256",
];
