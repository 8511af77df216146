import { driverConformance } from "./conformance.ts";
import { createLocal } from "./support.ts";

driverConformance("local", () => createLocal());
