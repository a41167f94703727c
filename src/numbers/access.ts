import * as z from 'zod';
import type { Clock } from '../platform/clock.ts';
import { type Immutable, stored } from '../platform/stored.ts';
import type { VersionConflict } from '../platform/version-conflict.ts';
import { WebexFailure } from '../webex/errors/failure.ts';

/** What Webex tells of numbers, each by a scope of the token. */
export const NUMBER_SCOPES = {
  /** Which extensions are free. */
  extensions: 'spark-admin:telephony_config_write',
  /** Which numbers a location has. */
  numbers: 'spark-admin:telephony_config_read',
} as const;
export type NumberTopic = keyof typeof NUMBER_SCOPES;

const date = z.coerce.date();

/** When Webex last refused to tell something (403); absent where it tells it. */
export const numberAccessSchema = stored({
  orgId: z.string().exactOptional(),
  extensions: date.exactOptional(),
  numbers: date.exactOptional(),
});
export type NumberAccess = Immutable<z.output<typeof numberAccessSchema>>;
export interface StoredNumberAccess extends NumberAccess {
  readonly version: string;
}

/** The port to what Webex refuses to tell, by organization. */
export interface NumberAccesses {
  read(orgId: string | undefined): Promise<StoredNumberAccess | undefined>;
  write(access: NumberAccess | StoredNumberAccess): Promise<StoredNumberAccess | VersionConflict>;
  all(): Promise<readonly StoredNumberAccess[]>;
}

/** After a refusal, Webex is asked again after this. */
const REFUSED_FOR_MS = 5 * 60_000;
/** A refusal that was not met again for so long concerns no policy any more. */
const TOLD_FOR_MS = 86_400_000;

const newAccess = (orgId: string | undefined): NumberAccess => ({ ...(orgId !== undefined && { orgId }) });

export type NumberAccessNotes = ReturnType<typeof createNumberAccess>;

/** Notes what Webex refuses to tell for want of a scope, so that it is asked seldom, and so that health and plans say it. */
export function createNumberAccess(accesses: NumberAccesses, clock: Clock) {
  /** By topic and organization: until when it is taken for refused, or that it was told. */
  const known = new Map<string, number | 'told'>();
  const toKey = (topic: NumberTopic, orgId: string | undefined) => `${topic} ${orgId ?? ''}`;

  async function note(topic: NumberTopic, orgId: string | undefined, isRefused: boolean): Promise<void> {
    const key = toKey(topic, orgId);
    if (!isRefused && known.get(key) === 'told') return;
    const now = clock();
    known.set(key, isRefused ? now.getTime() + REFUSED_FOR_MS : 'told');
    const stored: NumberAccess | undefined = await accesses.read(orgId);
    if (!isRefused && stored?.[topic] === undefined) return;
    const { [topic]: _before, ...others } = stored ?? newAccess(orgId);
    // A version conflict means that another instance notes the same.
    await accesses.write({ ...others, ...(isRefused && { [topic]: now }) });
  }

  return {
    /**
     * @param asksAgain also shortly after a refusal
     * @returns what Webex tells; undefined where it refuses for want of a scope
     * @throws {WebexFailure}
     */
    async ask<T>(
      topic: NumberTopic,
      orgId: string | undefined,
      call: () => Promise<T>,
      asksAgain = false,
    ): Promise<T | undefined> {
      const refused = known.get(toKey(topic, orgId));
      if (!asksAgain && typeof refused === 'number' && refused > clock().getTime()) return undefined;
      try {
        const told = await call();
        await note(topic, orgId, false);
        return told;
      } catch (error) {
        if (!(error instanceof WebexFailure) || error.status !== 403) throw error;
        await note(topic, orgId, true);
        return undefined;
      }
    },

    /** What was refused within a day, as sentences. */
    async warnings(): Promise<readonly { readonly topic: NumberTopic; readonly text: string }[]> {
      const sinceMs = clock().getTime() - TOLD_FOR_MS;
      const all = await accesses.all();
      const isRefused = (topic: NumberTopic) => all.some((one) => (one[topic]?.getTime() ?? 0) >= sinceMs);
      return (['extensions', 'numbers'] as const)
        .filter(isRefused)
        .map((topic) => ({ topic, text: toRefusedText(topic) }));
    },
  };
}

export const toRefusedText = (topic: NumberTopic): string =>
  topic === 'extensions'
    ? `Webex does not tell which extensions are free: the token lacks the scope ${NUMBER_SCOPES.extensions}. The range and what Seatline gave decide`
    : `Webex does not tell which phone numbers are free: the token lacks the scope ${NUMBER_SCOPES.numbers}`;
