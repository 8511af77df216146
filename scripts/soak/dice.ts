/** Numbers from 0 up to a limit, the same for the same seed. */
export type Dice = (limit: number) => number;

export function dice(start: number): Dice {
  let state = Math.imul(start ^ 0x5bd1e995, 2654435761);
  return (limit) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) | 0;
    return ((state >>> 8) & 0xffff) % limit;
  };
}
