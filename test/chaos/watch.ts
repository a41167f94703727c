import { findPerson } from '../../infra/local/webex/directory.ts';
import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { type Shown, toShown } from './answers.ts';
import type { Chance } from './chance.ts';
import type { Point } from './killer.ts';
import type { Patience } from './patience.ts';
import type { Refusals } from './refusals.ts';
import type { FindOwner } from './spelling.ts';
import { isDone, isEnd, type Step, toChange, toStep, toWritten, type Written } from './steps.ts';
import { createTrouble } from './webex-faults.ts';
import type { Answered, Call, Watch } from './wire.ts';

/** What was seen on the wire, in its order. */
export type Seen =
  | {
      readonly kind: 'change';
      readonly at: Date;
      readonly email: string;
      readonly items: readonly { id: string; operation: string }[];
    }
  /** What a host was told of a person. */
  | { readonly kind: 'answer'; readonly email: string; readonly licenseIds: readonly string[] }
  | { readonly kind: 'begun' | 'ended'; readonly requestIds: readonly string[] };

/** As long as the app outlasts a change that was never answered, by its clock, less what clocks differ. */
const ARRIVES_WITHIN_MS = 14_000;

/** The statuses by which Webex says that it wants fewer calls. */
const LIMITED: ReadonlySet<number> = new Set([423, 429]);

interface Deps {
  readonly simulator: () => WebexSimulator;
  readonly isTime: (when: 'before' | 'after', step: Step) => Point | undefined;
  readonly crashWorker: (host: number) => void;
  readonly crashHost: (host: number) => void;
  readonly resend: (call: Call) => Promise<void>;
  readonly chance: Chance;
  readonly now: () => Date;
  /** The address of the person whose requests lie under a key. */
  readonly ownerOf: (personKey: string) => string | undefined;
  /** The first address of the person who is named so. */
  readonly findOwner: FindOwner;
  readonly refusals: Pick<Refusals, 'toAnswer'>;
  readonly patience: Pick<Patience, 'noteCall' | 'noteTold'>;
  /** Whether a change of this person may arrive late: not where the address is another person's by then. */
  readonly mayBeLate: (email: string) => boolean;
  readonly onWritten: (written: readonly Written[]) => void;
  /** People about whom Webex answers 403, and how many times more. */
  readonly refused: Map<string, number>;
  /** Share of Webex calls that meet trouble, and of storage calls whose answer is lost. */
  readonly trouble: { readonly webex: number; readonly storage: number };
}

/** Watches what passes, kills workers at their steps, and makes trouble at Webex and on the way to storage. */
export function createWatch({
  simulator,
  isTime,
  crashWorker,
  crashHost,
  resend,
  chance,
  now,
  ownerOf,
  findOwner,
  refusals,
  patience,
  mayBeLate,
  onWritten,
  refused,
  trouble,
}: Deps) {
  const seen: Seen[] = [];
  /** Changes of dead holders that are still on their way, by the address of the person, and when the next holder began. */
  const late = new Map<string, { readonly call: Call; takenOverAt?: Date }>();
  let lateArrivals = 0;
  const emailOf = (named: Pick<Shown, 'email' | 'personId'>) => findOwner(named) ?? '';

  const watch: Watch = {
    before(call) {
      const step = toStep(call);
      const point = step && isTime('before', step);
      if (point === 'late change' && mayBeLate(emailOf(toChange(call))))
        late.set(emailOf(toChange(call)), { call });
      if (point !== undefined) {
        if (step === 'ack') crashHost(call.host);
        else crashWorker(call.host);
        return 'cut';
      }
      if (call.to === 'webex') patience.noteCall(call.host);
      const refusal = refusals.toAnswer(call);
      if (refusal?.status === 429) patience.noteTold(call.host, refusal.headers?.['retry-after']);
      if (refusal) return refusal;
      // Only of a call that comes there: the next one of this person would meet it otherwise.
      if (call.to === 'webex') makeTrouble(call);
      if (step === 'change') seen.push(toSeen(call));
      return 'pass';
    },

    async after(call, answered: Answered) {
      const step = toStep(call);
      if (step === 'change') await arriveLate(emailOf(toChange(call)));
      // A transaction may begin one turn and end another.
      const written = isDone(answered) ? toWritten(call) : [];
      onWritten(written);
      const begun = written.filter(({ state }) => state === 'working').map(({ requestId }) => requestId);
      if (begun.length > 0) seen.push({ kind: 'begun', requestIds: begun });
      for (const { personKey, state } of written) {
        const change = state === 'working' ? late.get(ownerOf(personKey) ?? '') : undefined;
        if (change) change.takenOverAt ??= now();
      }
      const over = written.filter(isEnd);
      if (over.length > 0) {
        // What has not come when a request of the person ends for good is taken for lost; one that waits is not over.
        for (const { personKey, state } of over)
          if (state !== 'waiting') late.delete(ownerOf(personKey) ?? '');
        seen.push({ kind: 'ended', requestIds: over.flatMap(toEnded) });
      }
      if (step !== undefined && isTime('after', step)) {
        crashWorker(call.host);
        return 'cut';
      }
      if (call.to === 'webex' && LIMITED.has(answered.status))
        patience.noteTold(call.host, answered.retryAfter);
      const shown = toShown(call, answered);
      if (shown) seen.push({ kind: 'answer', email: emailOf(shown), licenseIds: shown.licenseIds });
      const isOfStorage = call.to === 'table' || call.to === 'queue';
      return isOfStorage && chance.isHit(trouble.storage) ? 'cut' : 'pass';
    },
  };

  /** The next holder has just changed the person when the change of the dead one arrives, unless it is lost by then. */
  async function arriveLate(email: string): Promise<void> {
    const { call, takenOverAt } = late.get(email) ?? {};
    if (call === undefined) return;
    late.delete(email);
    if (takenOverAt && now().getTime() - takenOverAt.getTime() > ARRIVES_WITHIN_MS) return;
    lateArrivals += 1;
    await resend(call);
  }

  function makeTrouble(call: Call): void {
    const isChange = call.method === 'PATCH';
    if (isChange && isRefused(emailOf(toChange(call)))) return;
    if (!(isChange || call.path.startsWith('/v1/people')) || !chance.isHit(trouble.webex)) return;
    const change = isChange ? toChange(call) : undefined;
    const { pathname, searchParams } = new URL(call.path, 'http://webex');
    const [, id] = /\/people\/(.+)$/.exec(pathname) ?? [];
    const personId = change?.personId ?? (id && decodeURIComponent(id));
    const named = { personId, email: change?.email ?? searchParams.get('email') ?? undefined };
    const organizations = simulator().organizations();
    const email = organizations.flatMap((one) => findPerson(one, named)?.email ?? [])[0];
    if (email === undefined) return;
    const items = change?.licenses.map(({ id }) => id) ?? [];
    simulator().script(createTrouble(email, call.method, items, chance));
  }

  function isRefused(email: string): boolean {
    const left = refused.get(email) ?? 0;
    if (left === 0) return false;
    refused.set(email, left - 1);
    simulator().script({ email, method: 'PATCH', effect: { kind: 'status', status: 403 } });
    return true;
  }

  function toSeen(call: Call): Seen {
    const change = toChange(call);
    return { kind: 'change', at: now(), email: emailOf(change), items: change.licenses };
  }

  return { watch, seen, lateArrivals: () => lateArrivals };
}

const toEnded = ({ state, requestId }: Written) => (state === 'waiting' ? [] : [requestId]);
