import * as z from 'zod';
import type { AuditTrail } from '../../audit/trail.ts';
import { type CallerRequest, toCaller } from '../../http/caller.ts';
import { type HttpAnswer, TRY_AGAIN_AFTER_SECONDS, toProblem } from '../../http/problem.ts';
import type { Log } from '../../platform/log.ts';
import { hasControl } from '../../platform/plain-text.ts';
import { retryOnConflict, VERSION_CONFLICT } from '../../platform/version-conflict.ts';
import { findCandidates } from '../../webex/catalogue.ts';
import { createNameLicense, type NamedLicense } from '../../webex/license-names.ts';
import type { HrWorkQueue } from '../hr-events.ts';
import type { HrPeople, Person, StoredPerson } from '../person.ts';
import { toDirects } from '../situation.ts';
import { findByName, type LookedAt, lookAtStored } from './answer-person.ts';
import { type ExplainedOverride, explainPerson } from './explain.ts';
import { NO_STORE, type ReadPersonDeps, toUnknownPerson } from './read-person.ts';

interface ClearDeps extends ReadPersonDeps {
  readonly people: Pick<HrPeople, 'read' | 'write'>;
  readonly hrWorkQueue: Pick<HrWorkQueue, 'send'>;
  readonly audit: Pick<AuditTrail, 'append'>;
  readonly instance: string;
}

/** `GET /api/people/{name}/overrides`: the direct requests that stand against the policy. */
export async function listOverrides(deps: ReadPersonDeps, name: string, log: Log): Promise<HttpAnswer> {
  const found = await findOverrides(deps, name, log);
  if ('status' in found) return found;
  return { status: 200, headers: NO_STORE, jsonBody: { items: found.overrides } };
}

const querySchema = z.object({
  license: z.string().trim().min(1).max(256).optional(),
  reason: z
    .string({ error: 'must say why, in up to 200 characters' })
    .trim()
    .min(1, 'must say why, in up to 200 characters')
    .max(200, 'must say why, in up to 200 characters'),
});

/**
 * `DELETE /api/people/{name}/overrides?reason=…`: lets the policy decide again, of all licenses or of one `license`. The
 * person is looked at again. Done twice, it does the same.
 */
export async function clearOverrides(
  deps: ClearDeps,
  name: string,
  http: CallerRequest & { readonly query: URLSearchParams },
  log: Log,
): Promise<HttpAnswer> {
  const query = querySchema.safeParse(Object.fromEntries(http.query));
  if (!query.success || hasControl(query.data.reason))
    return toProblem('invalid-request', { detail: 'reason must say why, in up to 200 characters.' });
  const { license, reason } = query.data;
  const found = await findOverrides(deps, name, log);
  if ('status' in found) return found;
  const { person, overrides, looked } = found;
  const ids = license === undefined ? undefined : toIds(license, looked);
  const cleared = toClearable(person, looked).filter(
    ({ id, name: named }) => ids === undefined || ids.has(id) || named === license,
  );
  if (license !== undefined && cleared.length === 0)
    return toProblem('unknown-override', { detail: `Those of this person: ${toNames(overrides)}.` });
  if (cleared.length === 0) return { status: 200, headers: NO_STORE, jsonBody: { cleared } };
  const { personKey, personId, emails } = person;
  const [email] = emails.slice(-1);
  await deps.audit.append([
    {
      ...{ act: 'clear-overrides', by: toCaller(http), reason, instance: deps.instance },
      person: { ...(email !== undefined && { email }), ...(personId !== undefined && { personId }) },
      licenses: cleared,
    },
  ]);
  const at = deps.clock();
  const ends = Object.fromEntries(cleared.map(({ id }) => [id, at]));
  const isWritten = await clear(deps, personKey, (known) =>
    ids === undefined ? { clearedAt: at } : { cleared: { ...known.cleared, ...ends } },
  );
  if (!isWritten) return toProblem('decided-meanwhile');
  log.info('overrides-cleared', { personKey, licenses: cleared.length });
  return { status: 200, headers: NO_STORE, jsonBody: { cleared } };
}

/** Also those that rest, because the policy agrees with them now: they would stand again under another policy. */
function toClearable(person: Person, { catalogue, nowMs }: LookedAt): readonly NamedLicense[] {
  const nameLicense = createNameLicense(catalogue);
  return toDirects(person, catalogue)
    .filter(({ until }) => until === undefined || until.getTime() > nowMs)
    .map(({ licenseId }) => nameLicense(licenseId));
}

/** Written first, and due at once: the sweep finds the person where the message is lost. */
async function clear(
  { people, hrWorkQueue, clock }: ClearDeps,
  personKey: string,
  toCleared: (person: Person) => Pick<Person, 'cleared' | 'clearedAt'>,
): Promise<boolean> {
  const written = await retryOnConflict(async () => {
    const stored = await people.read(personKey);
    return stored && people.write({ ...stored, ...toCleared(stored), lookAt: clock() });
  });
  if (written === undefined || written === VERSION_CONFLICT) return false;
  await hrWorkQueue.send({ personKey });
  return true;
}

interface Found {
  readonly person: StoredPerson;
  readonly looked: LookedAt;
  readonly overrides: readonly ExplainedOverride[];
}

async function findOverrides(deps: ReadPersonDeps, name: string, log: Log): Promise<Found | HttpAnswer> {
  const found = await deps.readInSnapshot(name);
  const person = await findByName(deps.people, name, 'missing' in found ? undefined : found);
  if (person === undefined) return toUnknownPerson();
  const looked = await lookAtStored(deps, person, log);
  if (typeof looked === 'string')
    return toProblem('not-decided', { detail: looked, retryAfterSeconds: TRY_AGAIN_AFTER_SECONDS });
  return { person, looked, overrides: explainPerson(person, looked.look, looked).overrides };
}

/** A license by id, by name, or as the answers name it. */
const toIds = (license: string, { catalogue }: LookedAt): ReadonlySet<string> =>
  new Set([license, ...findCandidates(license, catalogue).map(({ id }) => id)]);

const toNames = (overrides: readonly ExplainedOverride[]) =>
  overrides.map(({ name }) => name).join(', ') || 'none';
