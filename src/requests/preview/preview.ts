import { type IncomingRequest, readJsonBody } from '../../http/body.ts';
import { toCaller } from '../../http/caller.ts';
import { type HttpAnswer, TRY_AGAIN_AFTER_SECONDS, toProblem } from '../../http/problem.ts';
import type { Holdings, ReadHoldings } from '../../people/read-holdings.ts';
import type { Clock } from '../../platform/clock.ts';
import { orFailure, WebexFailure } from '../../webex/errors/failure.ts';
import type { SubmitRules } from '../check-request.ts';
import type { LicenseRequest } from '../license-request.ts';
import { acceptRequest } from '../record/accept.ts';
import type { RequestRecord } from '../record/record.ts';
import { parseSubmission, type Submission } from '../submission.ts';
import { type BeyondSeats, countSeats } from './count-seats.ts';
import type { PreviewCatalogue } from './preview-catalogue.ts';
import { type Forecast, forecastItems } from './preview-items.ts';
import { forecastSites, type PreviewSite } from './preview-sites.ts';

interface Deps {
  readonly orgIds: readonly string[];
  readonly ownOrg: SubmitRules['ownOrg'];
  /** Of an organization. @throws {WebexFailure} */
  readonly readCatalogue: (orgId: string | undefined) => Promise<PreviewCatalogue>;
  /** What people of the token's own organization held. */
  readonly readHoldings: ReadHoldings;
  readonly beyondSeats: BeyondSeats;
  /** How many people the removals would be from, and how many of them would wait for approval. */
  readonly forecastRemovals: (records: readonly RequestRecord[]) => Promise<object | undefined>;
  readonly clock: Clock;
}

/**
 * Answers what license requests would do, and submits none: it takes the same body as a submission. It is a forecast, by
 * the catalogue, the rules of Webex and the latest people snapshot.
 */
export function createPreview({ clock, forecastRemovals, ...deps }: Deps) {
  return async function previewRequests(http: IncomingRequest): Promise<HttpAnswer> {
    const body = await readJsonBody(http);
    if (!body.ok) return body.answer;
    const { orgIds, ownOrg } = deps;
    const parsed = await orFailure(parseSubmission(body.value, { orgIds, ownOrg, now: clock() }));
    if (parsed instanceof WebexFailure)
      return toProblem('organization-unknown', { retryAfterSeconds: TRY_AGAIN_AFTER_SECONDS });
    if (!parsed.ok) return toProblem('invalid-request', { errors: parsed.problems });
    const forecast = await orFailure(forecastAll(parsed.value));
    if (forecast instanceof WebexFailure)
      return toProblem('webex-unavailable', {
        detail: forecast.condition,
        retryAfterSeconds: TRY_AGAIN_AFTER_SECONDS,
      });
    const { requests, seats, readAt } = forecast;
    const removals = await forecastRemovals(requests.flatMap((one) => toRemoval(one, http)));
    return {
      status: 200,
      headers: { 'cache-control': 'no-store' },
      jsonBody: {
        requests: requests.map(toAnswer),
        seats,
        ...(removals && { removals }),
        // Without a people snapshot, it is not known what anybody held.
        ...(readAt && { readAt: readAt.toISOString() }),
      },
    };
  };

  async function forecastAll({ requests }: Submission) {
    const names = requests.filter(({ orgId }) => orgId === undefined).map(toName);
    const holdings = await deps.readHoldings([...new Set(names)]);
    const catalogues = new Map<string | undefined, PreviewCatalogue>();
    for (const orgId of new Set(requests.map((request) => request.orgId)))
      catalogues.set(orgId, await deps.readCatalogue(orgId));
    const forecasts = requests.map((request) => {
      const catalogue = catalogues.get(request.orgId);
      return catalogue ? forecastItems(request, catalogue, toHeld(request, holdings)?.licenses) : [];
    });
    const counted = countSeats(forecasts.flat(), deps.beyondSeats);
    let at = 0;
    const previewed = requests.map((request, index): Previewed => {
      const end = at + (forecasts[index]?.length ?? 0);
      const items = counted.forecasts.slice(at, end);
      at = end;
      const removed = items.flatMap(({ item, changed }) => (item.outcome === 'remove' ? changed : []));
      const sites = forecastSites(request, toHeld(request, holdings)?.siteUrls, removed);
      return { request, items, sites, isKnown: isKnown(request, holdings) };
    });
    return { requests: previewed, seats: counted.seats, readAt: holdings?.readAt };
  }

  /** A removal that would happen, as the limits count it. */
  function toRemoval({ request, items, sites }: Previewed, http: IncomingRequest): readonly RequestRecord[] {
    const licenses = items.flatMap(({ item, changed }) =>
      item.outcome === 'remove'
        ? changed.map(({ name }) => ({ license: { name }, operation: 'remove' as const }))
        : [],
    );
    const siteUrls = request.siteUrls.filter((_site, index) => sites[index]?.outcome === 'remove');
    if (licenses.length + siteUrls.length === 0) return [];
    const mover = { at: clock(), instance: 'preview' };
    const asked = { ...request, licenses, siteUrls };
    return [acceptRequest(request.requestId ?? 'preview', asked, mover, toCaller(http))];
  }
}

interface Previewed {
  readonly request: LicenseRequest;
  readonly items: readonly Forecast[];
  readonly sites: readonly PreviewSite[];
  /** Whether the people snapshot has the person; undefined where that is not known. */
  readonly isKnown: boolean | undefined;
}

/** The id counts where a person has both. */
const toName = ({ person }: LicenseRequest): string => person.personId ?? person.email ?? '';

const toHeld = (request: LicenseRequest, holdings: Holdings | undefined) =>
  request.orgId === undefined ? holdings?.people.get(toName(request)) : undefined;

const isKnown = (request: LicenseRequest, holdings: Holdings | undefined) =>
  request.orgId === undefined ? holdings?.people.has(toName(request)) : undefined;

const toAnswer = ({ request, items, sites, isKnown: known }: Previewed) => ({
  ...(request.requestId !== undefined && { requestId: request.requestId }),
  person: request.person,
  ...(known !== undefined && { isKnown: known }),
  items: items.map(({ item }) => item),
  ...(sites.length > 0 && { siteUrls: sites }),
});
