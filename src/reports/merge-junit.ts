import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "../files/make-folder.ts";
import { feedFile } from "./feed-file.ts";
import { JunitWriter } from "./junit-writer.ts";
import { XmlScanner } from "./xml-scanner.ts";

/** What one of several tasks has reported. */
export interface ReportedPart {
  readonly name: string;
  /** Absolute paths of JUnit files. */
  readonly reports: readonly string[];
  /** Why there may be less in them than there should be: told as an error when no report can be read. */
  readonly failure?: string;
}

const flushedAt = 64 << 10;

/**
 * Writes one JUnit file with the suites of many, as streams. A part that failed and has no whole report is told as an
 * error, so that what it did not report is not taken for a success. @throws the system's error; the file is whole, or as
 * it was before.
 */
export function mergeJunit(target: string, parts: readonly ReportedPart[]): void {
  makeFolder(dirname(target), 0o777);
  const fresh = `${target}.${process.pid}.tmp`;
  try {
    writeMerged(fresh, parts);
    renameSync(fresh, target);
  } finally {
    rmSync(fresh, { force: true });
  }
}

function writeMerged(path: string, parts: readonly ReportedPart[]): void {
  const file = openSync(path, "w", 0o644);
  let text = "";
  const flush = () => {
    writeAll(file, Buffer.from(text.toWellFormed()));
    text = "";
  };
  const write = (piece: string) => {
    text += piece;
    if (text.length >= flushedAt) flush();
  };
  try {
    write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n');
    for (const part of parts) addPart(part, write);
    write("</testsuites>\n");
    flush();
  } finally {
    closeSync(file);
  }
}

function addPart({ name, reports, failure }: ReportedPart, write: (text: string) => void): void {
  const damages = reports.flatMap((path) => copySuites(path, write) ?? []);
  const cause = damages[0] ?? (reports.length === 0 ? failure : undefined);
  if (cause !== undefined) new JunitWriter(write).error(name, failure ?? cause);
}

/** Why the report could be read in part only; `undefined` when all of it was copied. */
function copySuites(path: string, write: (text: string) => void): string | undefined {
  const writer = new JunitWriter(write);
  try {
    const scanner = new XmlScanner(writer, { allowsDoctype: false });
    feedFile(path, (text) => scanner.write(text));
    scanner.end();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    writer.finish();
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
