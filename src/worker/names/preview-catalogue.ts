import type { PreviewCatalogue } from '../../requests/preview/preview-catalogue.ts';
import { toReferenceRefusal } from '../attempt/refusals.ts';
import type { CatalogueNow } from '../plan/known-catalogue.ts';
import { type Choice, isAwaited, toChoices } from '../plan/references.ts';

/** Resolves the licenses of a preview as an attempt would: renewed ones are followed. */
export const toPreviewCatalogue = (catalogue: CatalogueNow): PreviewCatalogue => ({
  licenses: catalogue.licenses,
  aliases: catalogue.aliases,
  resolve({ license: reference, operation, properties }, orgId) {
    const item = { kind: 'license', index: 0, operation, reference, properties } as const;
    const [choice = { item, candidates: [], lost: [] } satisfies Choice] = toChoices([item], [], catalogue);
    const { condition, detail } = toReferenceRefusal(choice, orgId, catalogue.licenses) ?? {};
    return {
      candidates: choice.candidates,
      isGone: choice.candidates.length === 0 && choice.lost.length > 0,
      isAwaited: isAwaited(choice),
      ...(condition !== undefined && detail !== undefined && { refusal: { condition, detail } }),
    };
  },
});
