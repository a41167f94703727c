import { findMeant } from '../../platform/nearest.ts';
import { findCallingConflict } from '../../webex/calling-rules.ts';
import { ERROR_CODES } from '../../webex/errors/error-codes.ts';
import { isPersonalCalling, type License, type LicenseIdentity } from '../../webex/license.ts';
import { toComparableId } from '../../webex/license-id.ts';
import { toPlacedName } from '../../webex/license-names.ts';
import { findBrokenItemRule } from '../../webex/request-rules.ts';
import { asksNextFree, type LicenseItem, type LicenseRequest } from '../license-request.ts';
import { CATALOGUE_INCOMPLETE } from '../record/item-result.ts';
import type { MeantLicenses, PreviewCatalogue } from './preview-catalogue.ts';

export const OUTCOMES = ['assign', 'remove', 'unchanged', 'wait', 'fail'] as const;

/**
 * What would happen to one license of a request:
 * - `assign`, `remove`: it would be changed
 * - `unchanged`: the person held it, or did not hold it, when the people were read
 * - `wait`: it would wait, by the `condition`
 * - `fail`: it would fail, by the `condition`
 */
export type Outcome = (typeof OUTCOMES)[number];

/** The forecast of one license of a request. */
export interface PreviewItem {
  readonly license: LicenseItem['license'];
  readonly operation: LicenseItem['operation'];
  readonly outcome: Outcome;
  /** The license that the reference means. A removal by name may mean several. */
  readonly licenseId?: string;
  readonly name?: string;
  readonly subscriptionId?: string;
  readonly siteUrl?: string;
  /** Whether the person held it when the people were read; absent where that is not known. */
  readonly held?: boolean;
  readonly condition?: string;
  readonly detail?: string;
  /** Of a name that no license has: the nearest names. */
  readonly nearest?: readonly string[];
}

/** A forecast with the licenses that it is about. */
export interface Forecast {
  readonly item: PreviewItem;
  /** To be assigned or removed; none otherwise. */
  readonly changed: readonly License[];
  /** Any of which would do for an add. */
  readonly candidates: readonly License[];
}

/**
 * What would happen to each license of a request, by the catalogue, the rules of Webex and what the person held; seats are
 * counted later.
 * @param heldIds undefined where it is not known what the person held
 */
export function forecastItems(
  { licenses: items, orgId, allowCallingRemoval = false }: LicenseRequest,
  catalogue: PreviewCatalogue,
  heldIds: readonly string[] | undefined,
): readonly Forecast[] {
  const held = heldIds && new Set(heldIds.map(toComparableId));
  // The people may have been read before a license was renewed.
  const isHeld = (license: LicenseIdentity) => catalogue.aliases(license).some((id) => held?.has(id));
  const resolved = items.map((item) => ({ item, ...catalogue.resolve(item, orgId) }));
  const removed = resolved.flatMap(({ item, candidates }) => (item.operation === 'remove' ? candidates : []));
  const first = resolved.map(({ item, ...meant }) => forecast(item, meant));
  const added = first.flatMap(({ item, changed }) => (item.outcome === 'assign' ? changed : []));
  return first.map((one) => withConflict(one, added));

  function forecast(item: LicenseItem, meaning: MeantLicenses): Forecast {
    const { candidates, refusal: unknown, isGone, isAwaited } = meaning;
    const [license] = candidates;
    const { license: reference, operation } = item;
    const asked = { license: reference, operation };
    const unchanging = (told: Omit<PreviewItem, keyof typeof asked>) => ({
      ...{ item: { ...asked, ...told }, candidates },
      changed: [],
    });
    if (unknown) return unchanging({ outcome: 'fail', ...unknown, ...toNearest(item, catalogue.licenses) });
    if (isAwaited) return unchanging({ outcome: 'wait', condition: CATALOGUE_INCOMPLETE });
    if (isGone || license === undefined) return unchanging({ outcome: 'unchanged' });
    const having = candidates.filter(isHeld);
    const meant = having[0] ?? license;
    const named = {
      ...{ ...asked, licenseId: meant.id },
      ...toPlacedName(meant),
      ...(held && { held: having.length > 0 }),
    };
    if (held && having.length > 0 === (operation === 'add'))
      return { item: { ...named, outcome: 'unchanged' }, candidates, changed: [] };
    const refusal = toRefusal(item, license, allowCallingRemoval);
    if (refusal) return { item: { ...named, outcome: 'fail', ...refusal }, candidates, changed: [] };
    return operation === 'add'
      ? { item: { ...named, outcome: 'assign' }, candidates, changed: [license] }
      : { item: { ...named, outcome: 'remove' }, candidates, changed: held ? having : candidates };
  }

  /** An addition that Webex would refuse beside the other licenses of the person. */
  function withConflict(one: Forecast, others: readonly License[]): Forecast {
    const [license] = one.changed;
    if (one.item.outcome !== 'assign' || license === undefined) return one;
    const before = held && catalogue.licenses.filter(isHeld);
    const code = findCallingConflict(license, { held: before, added: others, removed });
    const known = ERROR_CODES[code ?? 0];
    if (known === undefined) return one;
    const { condition, advice: detail } = known;
    return { ...one, item: { ...one.item, outcome: 'fail', condition, detail }, changed: [] };
  }
}

/** The nearest names, where none is the one that was asked for. */
function toNearest({ license }: LicenseItem, licenses: readonly License[]) {
  const name = typeof license === 'string' ? license : license.name;
  const nearest = findMeant(
    name,
    licenses.map((one) => one.name),
  );
  return nearest.length > 0 ? { nearest } : {};
}

function toRefusal({ operation, properties }: LicenseItem, license: License, allowCallingRemoval: boolean) {
  if (operation === 'remove' && isPersonalCalling(license) && !allowCallingRemoval)
    return {
      condition: 'calling-removal-not-allowed',
      detail:
        'Removing a Calling license destroys number, voicemail and forwarding: allowCallingRemoval allows that.',
    };
  // The extension or number is chosen when the request is performed.
  if (asksNextFree(properties) && properties.locationId !== undefined) return undefined;
  const broken = findBrokenItemRule({ id: license.id, operation, properties }, license.name);
  return broken && { condition: broken.rule, detail: broken.advice };
}
