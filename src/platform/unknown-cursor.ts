/** A text that is to say where a list goes on, and is none that a list said. */
export class UnknownCursor extends Error {
  override readonly name = 'UnknownCursor';

  constructor() {
    super('It is not where a list goes on');
  }
}
