import type { ForecastPeople } from '../../guardrails/forecast-people.ts';
import { findCandidates } from '../../webex/catalogue.ts';
import { createNameLicense, toReferenceText } from '../../webex/license-names.ts';
import type { AdoptionGround } from './adopt-page.ts';
import type { AdoptionProgress, AdoptionResult } from './adoption.ts';

/** The result of an adoption whose people have all been looked at: pure. @param forecast of a dry run alone */
export function finishAdoption(
  { policyVersion, readAt, counts, licenses }: AdoptionProgress,
  { policy, catalogue }: Pick<AdoptionGround, 'policy' | 'catalogue'>,
  forecast: Awaited<ReturnType<ForecastPeople>> | undefined,
): AdoptionResult {
  const nameLicense = createNameLicense(catalogue);
  const { lose: people } = counts;
  const canGoNow = Math.min(people, forecast?.canGoNow ?? 0);
  return {
    ...{ policyVersion, readAt, people: counts },
    licenses: licenses.map((row) => ({ ...row, name: nameLicense(row.licenseId).name })),
    ...(forecast && { removals: { people, canGoNow, needApproval: people - canGoNow } }),
    unknown: policy.manages
      .filter((reference) => findCandidates(reference, catalogue).length === 0)
      .map(toReferenceText),
  };
}
