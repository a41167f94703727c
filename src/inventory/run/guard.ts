import type { License } from '../../webex/license.ts';

export interface Refusal {
  readonly condition: 'catalogue-empty' | 'catalogue-collapsed' | 'people-collapsed';
  readonly detail: string;
}

/** More of the licenses or people gone than this since the latest run is taken for a fault of the source. */
const MAX_SHARE_GONE = 0.5;

/** Why a catalogue is not to replace the one that readers have; undefined where it may. */
export function findRefusal(
  licenses: readonly Pick<License, 'id'>[],
  previous: readonly Pick<License, 'id'>[],
): Refusal | undefined {
  if (licenses.length === 0) {
    return { condition: 'catalogue-empty', detail: 'Webex lists no licenses. To publish that, force a run.' };
  }
  const ids = new Set(licenses.map(({ id }) => id));
  const gone = previous.filter(({ id }) => !ids.has(id)).length;
  if (gone <= previous.length * MAX_SHARE_GONE) return undefined;
  return {
    condition: 'catalogue-collapsed',
    detail: `${gone} of the ${previous.length} licenses of the latest run are gone. Where that is true, force a run.`,
  };
}

/** Why so few people are not to replace those of the latest snapshot; undefined where they may. */
export const findPeopleRefusal = (now: number, before = 0): Refusal | undefined =>
  before - now > before * MAX_SHARE_GONE
    ? {
        condition: 'people-collapsed',
        detail: `Webex lists ${now} people, and listed ${before} before. Where that is true, force a run.`,
      }
    : undefined;
