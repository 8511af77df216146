/** One thing that may change a result: its name, and a value that is only compared and shown. */
export type Part = readonly [name: string, value: string];
