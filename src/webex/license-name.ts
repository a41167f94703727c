/**
 * A name for comparison without case and spacing. Names from before the renaming of 2026-01-26 become those after it
 * ("Single License - Webex Calling" became "Webex Calling", "… CX Essentials" "Customer Assist").
 */
export const toCanonicalName = (name: string): string =>
  toComparableName(name)
    .replace(/^single license - /, '')
    .replace(/^(customer experience|cx)( -)? essentials?$/, 'customer assist');

/** A name with the subscription or the site that tell it from others of the name. */
interface PlacedText {
  readonly name: string;
  readonly subscriptionId?: string;
  readonly siteUrl?: string;
}

/**
 * Reads a name with its places behind it, as results print it and as Control Hub heads a column: `Webex Suite (Sub100448)`,
 * `Meetings (acme.webex.com, Sub100448)`, `Webex Suite [Sub100448]`. Undefined for another text; a name may be of this
 * form, too.
 */
export function parsePlacedName(text: string): PlacedText | undefined {
  const [, name, round, square] = PLACED.exec(text.trim()) ?? [];
  const places = (round ?? square)?.split(',').map((place) => place.trim()) ?? [];
  if (name === undefined || places.some((place) => !/^\S+$/.test(place))) return undefined;
  const sites = places.filter((place) => place.includes('.'));
  const subscriptions = places.filter((place) => !place.includes('.'));
  if (sites.length > 1 || subscriptions.length > 1 || !subscriptions.every(hasDigit)) return undefined;
  const [siteUrl, subscriptionId] = [sites[0], subscriptions[0]];
  return { name, ...(subscriptionId && { subscriptionId }), ...(siteUrl && { siteUrl }) };
}

// Names end with words in brackets, too: "Webex Calling (Suspended)".
const hasDigit = (place: string) => /\d/.test(place);
const PLACED = /^(.*\S)\s*(?:\(([^()]+)\)|\[([^[\]]+)\])$/s;

export const toComparableName = (name: string): string =>
  name.normalize('NFC').toLowerCase().replace(/\s+/g, ' ').trim();
