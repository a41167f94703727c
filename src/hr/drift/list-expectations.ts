import { toAddress } from '../../people/person.ts';
import { toPersonSlice, toSlice } from '../../people/slices.ts';
import type { Part } from '../../people/sorted-parts.ts';
import { logUnreadable } from '../../platform/log.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Person } from '../person.ts';
import { loadPolicies } from '../reconcile-employee.ts';
import { createDriftCounter } from './compare.ts';
import { createToExpectationLine, type ExpectationLine } from './expectation-line.ts';
import type { DriftGround } from './ground.ts';
import { type DriftProgress, toPartPath } from './progress.ts';

const PAGE = 1_000;
/** So many rows are read again where the process is killed. */
const ROWS_PER_PART = 25_000;

/** An expectation under an address: the newest one of the person, or another one. */
export interface NamedLine {
  readonly address: string;
  readonly isFirst: boolean;
  readonly expected: ExpectationLine;
}

/** Looks at people of HR, page by page, and writes what each is expected to hold: one part. */
export async function listExpectations(ground: DriftGround, progress: DriftProgress): Promise<DriftProgress> {
  const { people, places, part } = ground;
  let { hasNamed } = progress;
  const counter = createDriftCounter(progress.counts, places);
  const toLine = createToLine(ground);
  let next = progress.next;
  let rows = 0;
  do {
    const page = await people.page(PAGE, next);
    logUnreadable(ground.log, page.unreadable);
    counter.countUnreadable(page.unreadable.length);
    for (const person of page.people) {
      // Adopted, and not spoken of by HR yet.
      if (person.employees.length === 0) continue;
      const line = await toLine(person);
      if (line.id !== undefined) part.add(toPersonSlice(line.id), 'people', line);
      else
        for (const [index, address] of toAddresses(person).entries()) {
          const named: NamedLine = { address, isFirst: index === 0, expected: line };
          part.add(toSlice(address), 'addresses', named);
          hasNamed = true;
        }
    }
    rows += page.people.length;
    next = page.next;
  } while (next !== undefined && rows < ROWS_PER_PART && !ground.isOver());
  const { next: _read, ...rest } = progress;
  return {
    ...rest,
    ...(next !== undefined && { next }),
    isListed: next === undefined,
    hasNamed,
    listed: await withPart(ground, progress.listed, 'listed'),
    counts: counter.counts(),
  };
}

/** The parts with one more of what was collected, if there is anything in it. */
export async function withPart(
  { folder, session, part }: DriftGround,
  parts: DriftProgress['listed'],
  name: string,
): Promise<Part[]> {
  const more = await part.write(toPartPath(folder, `${name}-${session}-${parts.length}`));
  return more ? [...parts, more] : parts;
}

/** The newest address first. */
const toAddresses = ({ emails }: Person): readonly string[] => [...new Set(emails.map(toAddress))].reverse();

function createToLine({ inForce, catalogue, zoneOf, placeOf, snapshot }: DriftGround) {
  const { policy, version: policyVersion, ofVersion } = inForce;
  const { readStartedAt } = snapshot;
  const nowMs = readStartedAt.getTime();
  const noPolicies = new Map<string, Policy>();
  const toLine = createToExpectationLine({
    ...{ nowMs, policy, policyVersion, catalogue, zoneOf, placeOf, readStartedAt },
  });
  return async (person: Person): Promise<ExpectationLine> => {
    const policies = person.directs.length === 0 ? noPolicies : await loadPolicies(person, ofVersion);
    return toLine(person, (version) => policies.get(version));
  };
}
