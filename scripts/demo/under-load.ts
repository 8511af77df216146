import { startLoad } from "../../test/support/load.ts";

export interface Traffic {
  readonly port: number;
  /** Host name of the environment. */
  readonly host: string;
  readonly path: string;
  /** What the answers come from, for the line printed. */
  readonly name: string;
  readonly check?: (answer: { readonly status: number; readonly body: string }) => boolean;
}

/** Counts requests during the work, prints how many were sent and lost, and throws when one was lost. */
export async function underLoad(traffic: Traffic, work: () => Promise<void>): Promise<void> {
  const { lost, reasons } = await counted(traffic, work);
  if (lost > 0) throw new Error(`requests were lost: ${reasons.join("; ")}`);
}

/** The same where a fault is planted: some requests meet it, and few of all. */
export async function exposed(traffic: Traffic, work: () => Promise<void>): Promise<void> {
  const { sent, lost } = await counted(traffic, work);
  if (lost === 0 || lost > sent / 20) throw new Error(`${lost} of ${sent} requests met the fault`);
  console.log(`${lost} of them met the fault.`);
}

async function counted(traffic: Traffic, work: () => Promise<void>) {
  const { port, host, path, name, check } = traffic;
  const url = `http://127.0.0.1:${port}${path}`;
  const load = startLoad({ url, host, connections: 4, paced: 2, ...(check === undefined ? {} : { check }) });
  try {
    await work();
  } finally {
    await load.stop();
  }
  const { sent, lost, byRelease, reasons } = await load.stop();
  const releases = Object.entries(byRelease).map(([release, count]) => `${release.slice(7, 15)}: ${count}`);
  const share = releases.length === 0 ? "" : `  (${releases.join(", ")})`;
  console.log(`\nrequests to ${name} meanwhile: ${sent} sent, ${lost} lost${share}`);
  return { sent, lost, reasons };
}
