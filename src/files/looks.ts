/**
 * Every place on the disk that was looked at to come to a decision, whether something was there or not. A folder counts as
 * looked at when it was listed. Paths are absolute, or relative to the project.
 *
 * Whoever reads something from the disk that changes what a run does must tell it here: a run is taken to come out as
 * before when nothing that was told has changed.
 */
export class Looks {
  readonly #places = new Set<string>();
  readonly #followed = new Set<string>();
  readonly #absent = new Set<string>();

  /** What stands at the path itself. */
  add(path: string): void {
    this.#places.add(path);
  }

  /** What a link at the path leads to. */
  addFollowed(path: string): void {
    this.#followed.add(path);
  }

  /** Nothing was at the path, also through links. */
  addAbsent(path: string): void {
    this.#absent.add(path);
  }

  get places(): readonly string[] {
    return [...this.#places];
  }

  get followed(): readonly string[] {
    return [...this.#followed];
  }

  get absent(): readonly string[] {
    return [...this.#absent];
  }
}
