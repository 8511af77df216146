/** The values of an option that may be given several times: a call has them as lines. */
export function optionValues(option: string | undefined): string[] {
  return option === undefined ? [] : option.split("\n");
}
