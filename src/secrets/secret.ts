import { inspect } from "node:util";

/** Secret values by the name of the config key or the environment variable: what travels from where they are read to who needs them. */
export type Secrets = ReadonlyMap<string, Secret>;

/** A value that shows itself as `[secret]` wherever it is printed, joined, serialised or inspected. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    Object.freeze(this);
  }

  /** The value itself. Call it as late as possible, and never for something that is kept or shown. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}
