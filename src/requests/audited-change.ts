import type { Change, NamedLicense } from '../audit/change.ts';
import type { Item } from './record/items.ts';
import type { RequestRecord } from './record/record.ts';

/** The members of an audited change that come from the request. */
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

/** A license as the request names it: by a name, or by a text that is a name or an id. */
function toNamed({ reference }: Extract<Item, { kind: 'license' }>): NamedLicense {
  return { name: typeof reference === 'string' ? reference : reference.name };
}
