import type { WebexSimulator } from '../../infra/local/webex/simulator.ts';
import { toUuid } from '../../src/contract/webex-id.ts';
import type { Chance } from './chance.ts';
import type { Point } from './killer.ts';
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
  | { readonly kind: 'ended'; readonly requestIds: readonly string[] };

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
  refused,
  trouble,
}: Deps) {
  const seen: Seen[] = [];
  /** Changes of the dead that are still on their way, by the address of the person. */
  const late = new Map<string, Call>();
  let lateArrivals = 0;
  function emailOf({ email = '', personId }: { email?: string | undefined; personId?: string | undefined }) {
    const { people, aliases } = simulator().organization();
    if (personId === undefined) return aliases.get(email.toLowerCase()) ?? email.toLowerCase();
    const uuid = toUuid('PEOPLE', personId);
    return [...people.values()].find(({ id }) => toUuid('PEOPLE', id) === uuid)?.email ?? '';
  }

  const watch: Watch = {
    before(call) {
      const step = toStep(call);
      const point = step && isTime('before', step);
      if (point === 'late change') late.set(emailOf(toChange(call)), call);
      if (point !== undefined) {
        if (step === 'ack') crashHost(call.host);
        else crashWorker(call.host);
        return 'cut';
      }
      // Only of a call that comes there: the next one of this person would meet it otherwise.
      if (call.to === 'webex') makeTrouble(call);
      if (step === 'change') seen.push(toSeen(call));
      return 'pass';
    },

    async after(call, answered: Answered) {
      const step = toStep(call);
      if (step === 'change') await arriveLate(emailOf(toChange(call)));
      // A transaction may begin one turn and end another.
      const over = toWritten(call).filter(isEnd);
      if (over.length > 0 && isDone(answered)) {
        // What has not come when a request of the person ends for good is taken for lost; one that waits is not over.
        for (const { personKey, state } of over)
          if (state !== 'waiting') late.delete(ownerOf(personKey) ?? '');
        seen.push({ kind: 'ended', requestIds: over.flatMap(toEnded) });
      }
      if (step !== undefined && isTime('after', step)) {
        crashWorker(call.host);
        return 'cut';
      }
      const isOfStorage = call.to === 'table' || call.to === 'queue';
      return isOfStorage && chance.isHit(trouble.storage) ? 'cut' : 'pass';
    },
  };

  /** Whoever took over has just changed the person when the change of the dead arrives. */
  async function arriveLate(email: string): Promise<void> {
    const call = late.get(email);
    if (call === undefined) return;
    late.delete(email);
    lateArrivals += 1;
    await resend(call);
  }

  function makeTrouble(call: Call): void {
    const isChange = call.method === 'PATCH';
    if (isChange && isRefused(emailOf(toChange(call)))) return;
    if (!(isChange || call.path.startsWith('/v1/people')) || !chance.isHit(trouble.webex)) return;
    const change = isChange ? toChange(call) : undefined;
    const { pathname, searchParams } = new URL(call.path, 'http://webex');
    const personId = /\/people\/(.+)$/.exec(pathname)?.[1];
    const email = emailOf(change ?? { personId, email: searchParams.get('email') ?? undefined });
    if (email === '') return;
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
