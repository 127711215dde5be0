/** @file How a fit ends that was stopped. */

/** Thrown by a fit whose signal fired: everything finished is kept, `resume` is the command line that goes on. */
export class RunInterrupted extends Error {
  constructor(
    readonly study: string,
    readonly resume: string,
  ) {
    super(`interrupted; go on with: ${resume}`);
    this.name = 'RunInterrupted';
  }
}
