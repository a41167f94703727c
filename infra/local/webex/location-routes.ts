import type { Answer } from './answer.ts';
import type { Organization } from './organization.ts';

const MAX_PAGE = 500;

/** `GET /locations`: some places in one answer. Organizations that an earlier version saved have no names. */
export function listLocations({ locationIds, locationNames = new Map() }: Organization, url: URL): Answer {
  const max = Number(url.searchParams.get('max') ?? MAX_PAGE);
  const name = url.searchParams.get('name')?.toLowerCase() ?? '';
  const items = [...locationIds]
    .map((id, index) => ({ id, name: locationNames.get(id) ?? `Location ${index + 1}` }))
    .filter((location) => location.name.toLowerCase().includes(name))
    .slice(0, Math.min(max, MAX_PAGE));
  return { status: 200, body: { items } };
}
