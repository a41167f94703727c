import type { AddressLine, SnapshotPerson } from './person.ts';

/**
 * Makes one of all lines of the same person. The list of people is no snapshot in time: who was seen twice is as the
 * later line says. Somebody outside the organization has a line for each license that was read, and holds them all.
 * @param lines in the order in which they were read
 */
export function mergePeople(lines: readonly SnapshotPerson[]): {
  readonly people: readonly SnapshotPerson[];
  /** Lines of people of the organization who were seen before. */
  readonly repeated: number;
} {
  const byId = new Map<string, SnapshotPerson>();
  let repeated = 0;
  for (const person of lines) {
    const before = byId.get(person.id);
    if (before !== undefined && !person.isOutside && !before.isOutside) repeated += 1;
    byId.set(person.id, before?.isOutside || person.isOutside ? join(before, person) : person);
  }
  return { people: [...byId.values()], repeated };
}

function join(before: SnapshotPerson | undefined, next: SnapshotPerson): SnapshotPerson {
  if (before === undefined) return next;
  // What the list of people says of somebody goes before what the holders of a license say.
  const [inner, outer] = before.isOutside ? [next, before] : [before, next];
  return { ...inner, licenses: [...new Set([...(inner.licenses ?? []), ...(outer.licenses ?? [])])] };
}

/**
 * The lines of the index of addresses, each address once: the last line of a person who was listed twice. One that two
 * people have leads to no person: Webex is asked.
 */
export function mergeAddresses(lines: readonly AddressLine[]): readonly AddressLine[] {
  const byEmail = new Map<string, AddressLine | undefined>();
  for (const line of lines) {
    const isOthers = byEmail.has(line.email) && byEmail.get(line.email)?.id !== line.id;
    byEmail.set(line.email, isOthers ? undefined : line);
  }
  return [...byEmail.values()].filter((line) => line !== undefined);
}
