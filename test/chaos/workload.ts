import { createHash } from 'node:crypto';
import type { Operation } from '../../src/requests/license-request.ts';
import type { LicenseReference } from '../../src/webex/license.ts';
import { type Chance, createChance } from './chance.ts';
import { type Named, spellLicense, spellNamed } from './spelling.ts';

/** The licenses that are asked for; none excludes another. */
export const LICENSES = ['Advanced Messaging', 'Webex Webinars 1000', 'Webex Suite'] as const;
/** Of this one, no seat is left. */
export const SCARCE = 'Customer Experience - Essential';
export const ALL_LICENSES = [...LICENSES, SCARCE] as const;
export type LicenseName = (typeof ALL_LICENSES)[number];

/** What HR's people get: see `POLICY`. */
const DEPARTMENTS = ['IT', 'Sales'] as const;
type Department = (typeof DEPARTMENTS)[number];
const GRANTS: Readonly<Record<Department, readonly LicenseName[]>> = {
  IT: ['Advanced Messaging'],
  Sales: ['Advanced Messaging', 'Webex Webinars 1000'],
};
export const POLICY = `version: 1
rules:
  - name: everybody
    licenses: [Advanced Messaging]
  - name: sales
    when: { attribute: department, equals: Sales }
    licenses: [Webex Webinars 1000]
leavers:
  - name: all of it, at once
    reclaim: granted
`;

export interface Change {
  readonly license: LicenseName;
  /** How the request writes it. */
  readonly reference?: LicenseReference;
  readonly operation: Operation;
}

/** What somebody wants for one person from a time on, and how they say so. */
export interface Wish {
  /** Of a request, its id; of an event of HR, that of the webhook. */
  readonly id: string;
  readonly by: 'post' | 'drop' | 'hr';
  readonly email: string;
  /** How the request names the person. */
  readonly named: Named;
  readonly at: Date;
  readonly kind: 'joiner' | 'mover' | 'leaver';
  readonly changes: readonly Change[];
  /** Of HR's people. */
  readonly department?: Department;
  /** When it is sent; by default in the course of the day. */
  readonly sent?: 'after the person was created again' | 'in the evening';
}

export interface Human {
  readonly email: string;
  readonly holds: readonly LicenseName[];
  /** How many looks at Webex do not find the person: HR is ahead of the directory. */
  readonly unknownLooks: number;
  /** How many changes of the person Webex refuses with 403. */
  readonly refusals: number;
  /** In the order of their time. */
  readonly wishes: readonly Wish[];
  readonly fate?: Fate;
}

/** What is unusual about a person: Webex never knows them, or deletes them and creates them again, … */
export type Fate = 'never there' | 'created again' | 'waits for a seat' | 'second organization' | 'evening';

const DUPLICATES = 0.15;
const TIES = 0.15;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/**
 * People who join, move and leave, and everything that is sent for them: some of it twice, in no order.
 * @param now by the clock of the app
 */
export function createWorkload(count: number, seed: number, now: Date) {
  const chance = createChance(seed);
  const people = Array.from({ length: count }, (_, index) => createHuman(`s${seed}-p${index}`, chance, now));
  const wishes = people.flatMap((human) => human.wishes);
  const twice = wishes.filter(() => chance.isHit(DUPLICATES));
  return { people, wishes: chance.shuffle([...wishes, ...twice]) };
}

function createHuman(name: string, chance: Chance, now: Date): Human {
  const email = `${name}@example.com`;
  const isOfHr = chance.isHit(0.3);
  const unknownLooks = chance.isHit(0.06) ? chance.between(1, 2) : 0;
  const kinds = chance.pick<readonly Wish['kind'][]>([
    ['joiner'],
    ['joiner', 'mover'],
    ['joiner', 'leaver'],
    ['joiner', 'mover', 'leaver'],
    // What HR says of somebody who comes back is not what this is about.
    ...(isOfHr ? [] : [['joiner', 'leaver', 'joiner'] as const]),
  ]);
  const holds = isOfHr ? [] : LICENSES.filter(() => chance.isHit(0.25));
  let at = new Date(now.getTime() - chance.between(30, 60) * DAY_MS);
  const wishes = kinds.map((kind, index): Wish => {
    // Of two days that HR names alike, only the leaver's is certain to win.
    const mayTie = !isOfHr || kind === 'leaver';
    if (index > 0 && !(mayTie && chance.isHit(TIES)))
      at = new Date(at.getTime() + chance.between(1, 5) * DAY_MS);
    const isLater = !isOfHr && index > 0 && index === kinds.length - 1 && chance.isHit(0.1);
    const from = isLater ? new Date(now.getTime() + chance.between(1, 3) * MINUTE_MS) : at;
    const id = `${name}-${index}`;
    if (isOfHr) {
      const department = chance.pick(DEPARTMENTS);
      const named = { person: { email } };
      return { id: toWebhookId(id), by: 'hr', email, named, at: from, kind, department, changes: [] };
    }
    const by = chance.isHit(0.4) ? 'drop' : 'post';
    const named = spellNamed(email, { isListed: unknownLooks === 0 }, chance);
    const changes = spellChanges(createChanges(kind, chance), chance);
    return { id, by, email, named, at: from, kind, changes };
  });
  return { email, holds, unknownLooks, refusals: chance.isHit(0.03) ? chance.between(1, 2) : 0, wishes };
}

export const spellChanges = (changes: readonly Change[], chance: Chance): readonly Change[] =>
  changes.map((change) => ({ ...change, reference: spellLicense(change.license, chance) }));

const toWebhookId = (id: string) => `msg_${createHash('sha256').update(id).digest('hex').slice(0, 20)}`;

export function createChanges(kind: Wish['kind'], chance: Chance): readonly Change[] {
  if (kind === 'leaver') return LICENSES.map((license) => ({ license, operation: 'remove' }));
  const some = chance.shuffle(LICENSES).slice(0, chance.between(1, LICENSES.length));
  return some.map((license) => ({
    license,
    operation: kind === 'mover' && chance.isHit(0.5) ? 'remove' : 'add',
  }));
}

/** What a plain sequential model says that somebody holds in the end: all in order, and of a tie the removal last. */
export function toExpected({ holds, wishes, fate }: Human): ReadonlySet<LicenseName> {
  if (fate === 'never there') return new Set();
  // Those of a person who was created again decide about all licenses.
  const held = new Set<LicenseName>(holds);
  const ordered = wishes.flatMap((wish) =>
    toChanges(wish).map((change) => ({ ...change, at: wish.at.getTime() })),
  );
  ordered.sort((a, b) => a.at - b.at || Number(a.operation === 'remove') - Number(b.operation === 'remove'));
  for (const { license, operation } of ordered) {
    if (operation === 'add') held.add(license);
    else held.delete(license);
  }
  return held;
}

/** HR's people hold what the policy gives to their department, and nothing once they have left. */
export function toChanges({ kind, department, changes }: Wish): readonly Change[] {
  if (department === undefined) return changes;
  const given = kind === 'leaver' ? [] : GRANTS[department];
  return LICENSES.map((license) => ({ license, operation: given.includes(license) ? 'add' : 'remove' }));
}
