import type { Store } from "../store.ts";
import { auditIn } from "./audit.ts";
import type { Database } from "./database.ts";
import { deploymentsIn } from "./deployments.ts";
import { environmentsIn } from "./environments.ts";
import { eventsIn } from "./events.ts";
import { mattersIn } from "./matters.ts";
import { releasesIn } from "./releases.ts";
import { resourcesIn } from "./resources.ts";
import { upkeepIn } from "./upkeep.ts";

/** A store in any SQL database that Kysely speaks to. The schema must be up to date (`migrate`). */
export function sqlStore(database: Database, backup: Store["backup"]): Store {
  return {
    project: database.project,
    ...releasesIn(database),
    ...environmentsIn(database),
    ...deploymentsIn(database),
    ...mattersIn(database),
    ...resourcesIn(database),
    ...eventsIn(database),
    ...auditIn(database),
    ...upkeepIn(database),
    backup,
    close: () => database.db.destroy(),
  };
}
