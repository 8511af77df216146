import type { Command } from "../../definition/types.ts";

/** What `{shard}` and `{shards}` stand for. */
export interface Numbers {
  readonly shard?: number;
  readonly shards?: number;
}

/** A command with files in the place of `{files}`, and numbers in those of `{shard}` and `{shards}`. */
export function fillCommand(run: Command, files: readonly string[] | undefined, numbers: Numbers): Command {
  const safe = files?.map(notAnOption);
  if (typeof run !== "string") {
    const words = run.flatMap((word) => (word === "{files}" && safe ? safe : [fillNumbers(word, numbers)]));
    return words as unknown as Command;
  }
  const filled = fillNumbers(run, numbers);
  return safe === undefined ? filled : filled.replaceAll("{files}", () => shellWords(safe));
}

/** A script's command with files behind it, as `npm run test -- FILES` has them, unless it says where they belong. */
export function fillScript(run: string, files: readonly string[] | undefined, numbers: Numbers): string {
  const isTold = files === undefined || run.includes("{files}");
  const filled = fillCommand(run, files, numbers) as string;
  return isTold ? filled : `${filled} ${shellWords(files.map(notAnOption))}`;
}

export function fillNumbers(text: string, { shard, shards }: Numbers): string {
  if (shard === undefined) return text;
  return text.replaceAll("{shards}", String(shards)).replaceAll("{shard}", String(shard));
}

function notAnOption(file: string): string {
  return file.startsWith("-") ? `./${file}` : file;
}

function shellWords(files: readonly string[]): string {
  return files.map((file) => (/^[\w./@:+,-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`)).join(" ");
}
