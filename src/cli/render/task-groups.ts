import type { Event } from "../../events/event.ts";
import type { Renderer } from "./renderer.ts";

/** A task that writes more gets a group for each such part: what it wrote is not held back without end. */
const mostCharacters = 200_000;

/** How groups are written. */
export interface GroupOptions {
  /** Lines behind a title that folds them away, as one text. */
  readonly group: (title: string, lines: readonly string[]) => string;
  /** A line from outside, made harmless. */
  readonly show: (line: string) => string;
}

/**
 * Holds back what each task writes until it ends, and shows it as one group: tasks run side by side, and a log that people
 * read afterwards is to have what belongs together in one place. What it still holds when it is closed it shows then.
 */
export function taskGroups(renderer: Renderer, { group, show }: GroupOptions): Renderer {
  const held = new Map<string, { lines: string[]; characters: number }>();
  const release = (task: string) => {
    const lines = held.get(task)?.lines ?? [];
    held.delete(task);
    if (lines.length > 0) renderer.note(group(task, lines));
  };
  const releaseAll = () => {
    for (const task of [...held.keys()]) release(task);
  };
  const hold = (task: string, text: string) => {
    const of = held.get(task) ?? { lines: [], characters: 0 };
    held.set(task, of);
    of.lines.push(...text.split("\n").map(show));
    of.characters += text.length;
    if (of.characters > mostCharacters) release(task);
  };
  /** Whether the event is still to be shown. */
  const isLeft = (event: Event): boolean => {
    if (event.type === "taskOutput") hold(event.task, event.text);
    else if (event.type === "taskFinished") release(event.task);
    else if (event.type === "runFinished") releaseAll();
    return event.type !== "taskOutput";
  };
  return {
    emit: (event) => {
      if (isLeft(event)) renderer.emit(event);
    },
    take: (told) => {
      if (isLeft(told.event)) renderer.take(told);
    },
    note: (line) => renderer.note(line),
    close: () => {
      releaseAll();
      renderer.close();
    },
  };
}
