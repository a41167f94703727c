import { isLeased } from '../../requests/record/person.ts';
import type { WebexFailure } from '../../webex/errors/failure.ts';
import { toCanonicalId } from '../../webex/webex-id.ts';
import { bindName } from './bind-name.ts';
import type { FindLeaseDeps, FoundLease } from './find-lease.ts';

/** The person in the answer of Webex to an attempt. */
interface Answered {
  readonly personId: string | undefined;
  readonly failure?: WebexFailure | undefined;
}

/**
 * Records that a name means another person than its last look-up found, or none, by the answer of Webex to an attempt. On
 * a version conflict nothing is recorded: the next request by the name gets the same answer.
 *
 * After a look-up that found a person, the name is only looked up again. The answer has one address; a person who was
 * created again has the other ones, too, and those still lead to the lease of the deleted person. Only a look-up lists all
 * addresses and binds them to one lease.
 */
export async function learnName(
  deps: FindLeaseDeps,
  { name, personId: meant }: FoundLease,
  { personId: answered, failure }: Answered,
): Promise<void> {
  const { requestStore, clock, ownOrg } = deps;
  const isUnknown = failure?.condition === 'person-not-found';
  const personId = answered === undefined ? undefined : toCanonicalId('PEOPLE', answered);
  if (!isUnknown && (personId === undefined || personId === meant)) return;
  const row = await requestStore.readName(name.key);
  if (isLeased(row, clock())) return;
  if (meant !== undefined) {
    if (row?.checkedAt !== undefined) await requestStore.commit({ ...row, checkedAt: undefined }, []);
    return;
  }
  const { person, orgId } = name.named;
  if (isUnknown || personId === undefined || person.email === undefined) return;
  const identity = { personId, emails: [person.email], isListed: true, orgId, ownOrg: await ownOrg(orgId) };
  const lease = await bindName(deps, { ...name, row }, identity);
  if (typeof lease === 'object') await requestStore.commit(lease, []);
}
