import type { SnapshotPerson } from '../../people/person.ts';
import { DRIFT_KINDS, type DriftCounts, type DriftKind, type DriftLine, type RepairMode } from './drift.ts';
import type { ExpectationLine } from './expectation-line.ts';

/** What all people of a run are compared by. */
export interface CompareGround {
  /** The catalogue of the run: places are places in it. */
  readonly licenses: readonly { readonly id: string; readonly name: string }[];
  /** The places of what the policy manages. */
  readonly managed: ReadonlySet<number>;
  readonly mode: RepairMode;
  /** Whether a repair may remove a license. */
  readonly mayRemove: (licenseId: string) => boolean;
  /** Whether the snapshot has all people: who is absent is not at Webex. */
  readonly hasEverybody: boolean;
  /** Whether all rows of HR could be read: a person of none is unknown to HR. */
  readonly knowsEverybody: boolean;
}

type PeopleCount = keyof DriftCounts['people'];

/** What is found of one person. */
export interface PersonDrift {
  readonly counts: PeopleCount;
  /** How many licenses the person must hold. */
  readonly expected: number;
  readonly lines: readonly DriftLine[];
  /** The places of what is held, and neither managed nor given. */
  readonly byHand: readonly number[];
}

const nothing = (counts: PeopleCount): PersonDrift => ({ counts, expected: 0, lines: [], byHand: [] });

/** Compares a person of HR with what Webex says that they hold: pure. @param person undefined where the snapshot lacks them */
export function comparePerson(
  expected: ExpectationLine,
  person: SnapshotPerson | undefined,
  ground: CompareGround,
): PersonDrift {
  if (expected.needsIdentity) return nothing('needIdentity');
  if (expected.isChanging) return nothing('changing');
  const { must = [], may = 'any', also = [], isLeft, isDeleted } = expected;
  if (person === undefined) {
    const lines = ground.hasEverybody ? must : [];
    return {
      ...nothing('notFound'),
      lines: lines.map(([place, why]) =>
        toLine(ground, { kind: 'missing', place, why: `${why}; not at Webex` }, expected),
      ),
    };
  }
  if (expected.endMs !== undefined && Date.parse(person.created ?? '') >= expected.endMs)
    return nothing('needIdentity');
  if (person.licenses === undefined) return nothing('notTold');
  const held = new Set(person.licenses.filter((one) => typeof one === 'number'));
  const byHand: number[] = [];
  const found: Difference[] = must.flatMap(([place, why]) =>
    held.has(place) ? [] : [{ kind: 'missing' as const, place, why, item: 'add' as const }],
  );
  for (const place of held) {
    if (!ground.managed.has(place) && !also.includes(place)) byHand.push(place);
    else if (may !== 'any' && !may.includes(place))
      found.push(
        isLeft
          ? { kind: 'leaver-licensed', place, why: 'the person left' }
          : { kind: 'extra', place, why: 'no rule gives it, and nobody asked for it here', item: 'remove' },
      );
    else if (isDeleted)
      found.push({ kind: 'deleted-in-hr', place, why: 'HR deleted the record of the person' });
  }
  const lines = found.map((one) => toLine(ground, one, expected, person));
  return { counts: 'compared', expected: must.length, lines, byHand };
}

/** A person at Webex whom HR does not know. */
export function compareUnknown(person: SnapshotPerson, ground: CompareGround): PersonDrift {
  const held = (person.licenses ?? []).filter((one) => typeof one === 'number');
  const isManaged = (place: number) => ground.managed.has(place);
  const why = 'HR named nobody of this address or id';
  const lines = ground.knowsEverybody ? held.filter(isManaged) : [];
  return {
    ...nothing('unknownToHr'),
    lines: lines.map((place) => toLine(ground, { kind: 'unknown-to-hr', place, why }, undefined, person)),
    byHand: held.filter((place) => !isManaged(place)),
  };
}

interface Difference {
  readonly kind: DriftKind;
  readonly place: number;
  readonly why: string;
  /** What a repair of it would do. */
  readonly item?: 'add' | 'remove';
}

function toLine(
  { licenses, mode, mayRemove }: CompareGround,
  { kind, place, why, item }: Difference,
  expected?: ExpectationLine,
  person?: SnapshotPerson,
): DriftLine {
  const { id = '', name = '' } = licenses[place] ?? {};
  const [email = expected?.email] = person?.emails ?? [];
  const personId = person?.id ?? expected?.id;
  const isRepaired =
    (item === 'add' && mode !== 'off') || (item === 'remove' && mode === 'add-and-remove' && mayRemove(id));
  const known = `${item} ${id}`;
  const repair = expected?.repairing?.includes(known)
    ? 'under-way'
    : expected?.tried?.includes(known)
      ? 'left'
      : isRepaired
        ? 'asked'
        : undefined;
  return {
    ...{ kind, licenseId: id, license: name },
    person: {
      ...(personId !== undefined && { personId }),
      ...(email !== undefined && { email }),
      ...(person?.displayName !== undefined && { displayName: person.displayName }),
    },
    why,
    ...(repair && { repair }),
    ...(expected && { personKey: expected.key }),
  };
}

/** Several rows of HR that turn out to be one person at Webex: what each gives, and what each may hold. */
export function joinExpectations(one: ExpectationLine, other: ExpectationLine): ExpectationLine {
  const { isLeft: _left, endMs: _end, isDeleted: _deleted, ...rest } = one;
  const [mayOne = 'any', mayOther = 'any'] = [one.may, other.may];
  return {
    ...rest,
    must: [...(one.must ?? []), ...(other.must ?? []).filter(([place]) => !isIn(one.must, place))],
    may: mayOne === 'any' || mayOther === 'any' ? 'any' : [...new Set([...mayOne, ...mayOther])],
    also: [...new Set([...(one.also ?? []), ...(other.also ?? [])])],
    tried: [...(one.tried ?? []), ...(other.tried ?? [])],
    repairing: [...(one.repairing ?? []), ...(other.repairing ?? [])],
    ...(one.isLeft && other.isLeft && { isLeft: true as const }),
    ...(one.isDeleted && other.isDeleted && { isDeleted: true as const }),
    ...((one.isChanging || other.isChanging) && { isChanging: true as const }),
    ...((one.needsIdentity || other.needsIdentity) && { needsIdentity: true as const }),
  };
}

const isIn = (must: ExpectationLine['must'], place: number) =>
  must?.some(([known]) => known === place) ?? false;

const NO_KINDS = { missing: 0, extra: 0, 'leaver-licensed': 0, 'unknown-to-hr': 0, 'deleted-in-hr': 0 };
const noLicense = () => ({ ...NO_KINDS, byHand: 0 });
type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** Counts what is found, person by person, into counts of its own. */
export function createDriftCounter(before: DriftCounts | undefined, places: ReadonlyMap<string, number>) {
  const people: Mutable<DriftCounts['people']> = before
    ? { ...before.people }
    : {
        ...{ compared: 0, unknownToHr: 0, notFound: 0, notTold: 0 },
        ...{ changing: 0, needIdentity: 0, unreadable: 0 },
      };
  const kinds = Object.fromEntries(
    DRIFT_KINDS.map((kind) => [kind, { people: 0, licenses: 0, ...before?.kinds[kind] }]),
  ) as Record<DriftKind, { people: number; licenses: number }>;
  const licenses = Array.from({ length: places.size }, (_, place) => ({
    ...noLicense(),
    ...before?.licenses[place],
  }));
  let { expected, asked, left } = before ?? { expected: 0, asked: 0, left: 0 };
  return {
    add({ counts, lines, byHand, ...found }: PersonDrift): void {
      people[counts] += 1;
      expected += found.expected;
      for (const place of byHand) if (licenses[place]) licenses[place].byHand += 1;
      if (lines.length === 0) return;
      asked += lines.filter(({ repair }) => repair === 'asked').length;
      left += lines.filter(({ repair }) => repair === 'left').length;
      for (const { kind, licenseId } of lines) {
        kinds[kind].licenses += 1;
        const ofLicense = licenses[places.get(licenseId) ?? -1];
        if (ofLicense) ofLicense[kind] += 1;
      }
      for (const kind of new Set(lines.map((line) => line.kind))) kinds[kind].people += 1;
    },
    countUnreadable(rows: number): void {
      people.unreadable += rows;
    },
    counts: (): DriftCounts => structuredClone({ people, kinds, licenses, expected, asked, left }),
  };
}
