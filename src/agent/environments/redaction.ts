import type { Driver, FollowOptions } from "../../drivers/driver.ts";
import { createByteRedactor } from "../../secrets/redaction/byte-redactor.ts";
import type { Secret } from "../../secrets/secret.ts";

/** A secret of several lines is only found whole, so more lines are read than are asked for. */
const moreLines = 200;
const newline = 0x0a;

/** The same driver, but what processes wrote is only told with their secrets hidden, however it comes in pieces. */
export function redactingDriver(driver: Driver, secrets: () => readonly Secret[]): Driver {
  return {
    get capabilities() {
      return driver.capabilities;
    },
    prepare: (environment, release, token) => driver.prepare(environment, release, token),
    forget: (environment, release, token) => driver.forget(environment, release, token),
    destroyData: (environment, token) => driver.destroyData(environment, token),
    verify: (environment, release) => driver.verify(environment, release),
    start: (spec, token) => driver.start(spec, token),
    stop: (environment, id, graceMs, token) => driver.stop(environment, id, graceMs, token),
    observe: (environment) => driver.observe(environment),
    inspect: (environment) => driver.inspect(environment),
    beside: (environment) => driver.beside(environment),
    watch: (environment, signal) => driver.watch(environment, signal),
    startJob: (spec, token) => driver.startJob(spec, token),
    observeJob: (environment, id) => driver.observeJob(environment, id),
    stopJob: (environment, id, graceMs, token) => driver.stopJob(environment, id, graceMs, token),
    remove: (environment, id, token) => driver.remove(environment, id, token),
    tend: (report, signal) => driver.tend(report, signal),
    follow: (environment, id, options) => redacted(driver, { environment, id, options, secrets: secrets() }),
  };
}

interface Followed {
  readonly environment: string;
  readonly id: string;
  readonly options: FollowOptions;
  readonly secrets: readonly Secret[];
}

/** What may be the beginning of a secret comes with a later piece, the last one at the latest. */
async function* redacted(driver: Driver, { environment, id, options, secrets }: Followed): AsyncGenerator<Uint8Array> {
  const redactor = createByteRedactor(secrets);
  let isFirst = true;
  for await (const piece of driver.follow(environment, id, { ...options, lines: options.lines + moreLines })) {
    const shown = redactor.push(piece);
    // What is followed further goes on behind it; otherwise this was all.
    const whole = isFirst && options.signal === undefined ? Buffer.concat([shown, redactor.flush()]) : shown;
    yield isFirst ? lastLines(whole, options.lines) : whole;
    isFirst = false;
  }
  const rest = redactor.flush();
  if (rest.length > 0) yield rest;
}

/** A newline at the very end begins no line. */
function lastLines(bytes: Buffer, count: number): Buffer {
  let at = bytes.length;
  for (let left = count; left > 0; left--) {
    const before = at === 0 ? -1 : bytes.lastIndexOf(newline, at - 2);
    if (at < 2 || before === -1) return bytes;
    at = before + 1;
  }
  return bytes.subarray(at);
}
