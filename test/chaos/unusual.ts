import { type Chance, createChance } from './chance.ts';
import { spellNamed } from './spelling.ts';
import {
  type Change,
  createChanges,
  type Fate,
  type Human,
  LICENSES,
  SCARCE,
  spellChanges,
  type Wish,
} from './workload.ts';

const DAY_MS = 86_400_000;
const EACH = 8;
const ADD_SCARCE: readonly Change[] = [{ license: SCARCE, operation: 'add' }];

/**
 * People beside the ordinary ones: whom the organization lets wait for days, whom Webex never knows, who are another
 * person with the same address in the course of the day.
 * @param now by the clock of the app
 */
export function createUnusual(seed: number, now: Date): readonly Human[] {
  const chance = createChance(seed + 1_000_000);
  const several = (fate: Fate, create: typeof createHuman) =>
    Array.from({ length: EACH }, (_, index) => create(`s${seed}-${fate.replaceAll(' ', '-')}${index}`, fate));
  return [
    ...several('never there', createHuman),
    ...several('created again', createHuman),
    ...several('waits for a seat', createHuman),
    ...several('second organization', createHuman),
    ...several('evening', createHuman),
  ];

  function createHuman(name: string, fate: Fate): Human {
    const email = `${name}@example.com`;
    const from = new Date(now.getTime() - chance.between(30, 60) * DAY_MS);
    const hasHeld = fate !== 'never there' && fate !== 'waits for a seat';
    return {
      ...{ email, fate, unknownLooks: 0, refusals: 0 },
      holds: hasHeld ? LICENSES.filter(() => chance.isHit(0.25)) : [],
      wishes: createWishes(fate).map(({ kind, changes, isNext = false, sent }, index): Wish => {
        const spelt = { isNext, isOfSecondOrg: fate === 'second organization' };
        return {
          id: `${name}-${index}`,
          by: chance.pick(['post', 'drop']),
          ...{ email, kind, changes },
          named: spellNamed(email, spelt, chance),
          at: new Date(from.getTime() + index * DAY_MS),
          ...(sent && { sent }),
        };
      }),
    };
  }

  function createWishes(fate: Fate): readonly (Pick<Wish, 'kind' | 'changes' | 'sent'> & {
    readonly isNext?: boolean;
  })[] {
    const spelt = (kind: Wish['kind']) => ({
      kind,
      changes: spellChanges(createChanges(kind, chance), chance),
    });
    switch (fate) {
      case 'never there':
        return chance.pick([[spelt('joiner')], [spelt('joiner'), spelt('leaver')]]);
      case 'created again': {
        const sent = 'after the person was created again';
        const changes = LICENSES.map((license) => ({ license, operation: pickOperation(chance) }));
        return [
          spelt('joiner'),
          { kind: 'mover', changes: spellChanges(changes, chance), isNext: true, sent },
        ];
      }
      case 'waits for a seat':
        return [{ kind: 'joiner', changes: spellChanges(ADD_SCARCE, chance) }];
      case 'second organization': {
        // The ids of the own organization mean nothing there.
        const byName = (kind: Wish['kind']) => ({ kind, changes: createChanges(kind, chance) });
        return chance.pick([[byName('joiner')], [byName('joiner'), byName('leaver')]]);
      }
      case 'evening':
        return [{ ...spelt('mover'), sent: 'in the evening' }];
    }
  }
}

const pickOperation = (chance: Chance) => chance.pick<Change['operation']>(['add', 'remove']);
