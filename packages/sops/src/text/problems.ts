/** A place and a reason, thrown by a parser and turned into a failure where it was called. Never quotes a value. */
export class SyntaxProblem extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** A change that cannot be made, and why; told by `print`. Never with a value in it. */
export class ChangeProblem extends Error {}
