import { VALIDATED_AT_ONCE } from '../webex/calling-numbers.ts';
import { type ExtensionRange, extensionsOf } from '../webex/extension-range.ts';
import type { NumberPool } from './reservation.ts';
import { ASKED_AGAIN_AFTER_MS, type FindOptions, type ToldDeps, type ToldNumbers } from './told-numbers.ts';

/** Free numbers by what Webex tells. */
export interface FoundFree {
  readonly numbers: readonly string[];
  /** Whether Webex tells what is free; where it does not, nothing of the range is known to be taken. */
  readonly isTold: boolean;
}

export interface FindDeps extends ToldDeps {
  readonly told: ToldNumbers;
}

/** An extension that Webex called free is not asked again within this. */
const FREE_FOR_MS = 60_000;
/** Nor one that it called taken within this: a full range costs few calls. */
const TAKEN_FOR_MS = 15 * 60_000;
/** For one person: 400 extensions. */
const MAX_CALLS = 20;
/** For each pool in a run of the sweep. */
const MAX_CALLS_OF_SWEEP = 5;

/**
 * Finds free extensions with few calls: twenty are validated at once, and where the first twenty are all taken, the list of the
 * location says which others need no call.
 */
export async function findExtensions(
  { webex, access, told, clock }: FindDeps,
  { pool, range }: { readonly pool: NumberPool; readonly range: ExtensionRange },
  excluded: ReadonlySet<string>,
  options: FindOptions,
): Promise<FoundFree> {
  const { deadline, wanted, asksAgain = false } = options;
  const known = told.answersOf(pool);
  const nowMs = clock().getTime();
  const takenForMs = asksAgain ? ASKED_AGAIN_AFTER_MS : TAKEN_FOR_MS;
  const toState = (extension: string) => {
    const { isFree, atMs } = known.get(extension) ?? { isFree: false, atMs: -Infinity };
    if (nowMs >= atMs + (isFree ? FREE_FOR_MS : takenForMs)) return 'unknown';
    return isFree ? 'free' : 'taken';
  };
  const note = (extensions: readonly string[], isFree: (extension: string) => boolean) => {
    const atMs = clock().getTime();
    for (const extension of extensions) known.set(extension, { isFree: isFree(extension), atMs });
  };
  const candidates = [...extensionsOf(range)].filter((extension) => !excluded.has(extension));
  const found = candidates.filter((extension) => toState(extension) === 'free');
  let open = candidates.filter((extension) => toState(extension) === 'unknown');
  // The sweep comes to each extension of a large range in turn.
  if (asksAgain) open.sort((a, b) => (known.get(a)?.atMs ?? 0) - (known.get(b)?.atMs ?? 0));
  let isListed = false;
  const maxCalls = asksAgain ? MAX_CALLS_OF_SWEEP : MAX_CALLS;
  for (let call = 0; call < maxCalls && found.length < wanted; call += 1) {
    if (!isListed && (asksAgain || call > 0) && open.length > VALIDATED_AT_ONCE) {
      const listed = await told.list(pool, false, options);
      const taken = new Set(listed?.flatMap(({ extension }) => extension ?? []));
      note(
        open.filter((extension) => taken.has(extension)),
        () => false,
      );
      open = open.filter((extension) => !taken.has(extension));
      isListed = true;
    }
    const asked = open.slice(0, VALIDATED_AT_ONCE);
    if (asked.length === 0) break;
    const validate = () => webex.validateExtensions(pool, asked, { deadline });
    const free = await access.ask('extensions', pool.orgId, validate, asksAgain);
    if (free === undefined) return { numbers: candidates, isTold: false };
    note(asked, (extension) => free.includes(extension));
    found.push(...free);
    open = open.slice(VALIDATED_AT_ONCE);
  }
  return { numbers: found, isTold: true };
}
