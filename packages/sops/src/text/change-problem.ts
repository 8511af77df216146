/** A change that cannot be made, and why; told by `print`. Never with a value in it. */
export class ChangeProblem extends Error {}
