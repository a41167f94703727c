import type { Source } from '../sources.ts';

/** What HR says in a sample event. */
export interface Said {
  readonly kind: 'joiner' | 'mover' | 'leaver';
  readonly employeeId?: string | undefined;
  readonly email?: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  /** A day, or a time with offset. */
  readonly effective?: string | undefined;
  /** When HR says it. */
  readonly at: Date;
  /** Of the event, where its body has one. */
  readonly id: string;
}

/** The body that an HR system sends, or why it sends none such. */
export type ToSample = (said: Said, source: Source) => object | string;

/** What an event with an id alone would lack; undefined where it has all that is said. */
export function refuseBeyondId(system: string, { email, attributes, effective, employeeId }: Said) {
  const beyond = [
    ...(email === undefined ? [] : ['e-mail address']),
    ...(Object.keys(attributes).length === 0 ? [] : ['attributes']),
    ...(effective === undefined ? [] : ['effective day']),
  ];
  if (beyond.length > 0)
    return `${system} sends an employee id and no ${beyond.join(', ')}: leave that out; Seatline has it from the directory (seatline directory import), or asks the "api" of the source`;
  return employeeId === undefined ? `${system} names people by an employee id: give one` : undefined;
}

/** The day on which something is said, in UTC. */
export const toDay = (at: Date): string => at.toISOString().slice(0, 10);
