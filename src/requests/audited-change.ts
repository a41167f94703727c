import type { Change, NamedLicense } from '../audit/change.ts';
import type { Item } from './record/items.ts';
import type { RequestRecord } from './record/record.ts';

/** What of a change the request itself tells. */
export function toAsked(record: RequestRecord, item: Item, license?: NamedLicense) {
  const { requestId, request, origin, personId, redrivenBy } = record;
  const { email, personId: named } = request?.person ?? {};
  const id = personId ?? named;
  return {
    requestId,
    asked: {
      ...origin,
      ...(request?.source !== undefined && { source: request.source }),
      ...(request?.reason !== undefined && { reason: request.reason }),
      ...(redrivenBy && { redrivenBy }),
    },
    person: {
      ...(email !== undefined && { email }),
      ...(id !== undefined && { personId: id }),
      ...(request?.orgId !== undefined && { orgId: request.orgId }),
    },
    operation: item.operation,
    ...(item.kind === 'site' ? { siteUrl: item.siteUrl } : { license: license ?? toNamed(item) }),
  } satisfies Partial<Change>;
}

/** A license as the request names it: by name, or by an id that may be taken for one. */
function toNamed({ reference }: Extract<Item, { kind: 'license' }>): NamedLicense {
  return { name: typeof reference === 'string' ? reference : reference.name };
}
