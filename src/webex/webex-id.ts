const URI = /^ciscospark:\/\/[^/]+\/([A-Z_]+)\/(.+)$/i;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

type WebexIdKind = 'PEOPLE' | 'ORGANIZATION' | 'LOCATION';

/**
 * One spelling for each id of a person, an organization or a location. Webex writes an id as unpadded base64 of
 * `ciscospark://us/<kind>/<uuid>`; its clients also send it padded, in the alphabet of URLs, or as the bare uuid.
 * Source: https://developer.webex.com/docs/api/basics
 * @returns unpadded base64 with the region `us`, since the uuid alone identifies; an id of an unknown shape is returned
 * without its padding
 */
export function toCanonicalId(kind: WebexIdKind, text: string): string {
  const uuid = toUuid(kind, text);
  return uuid === undefined ? text.replace(/(?<!=)=+$/, '') : toBase64(`ciscospark://us/${kind}/${uuid}`);
}

/** The id as Webex writes it: its region is kept; a bare uuid gets the region `us`. */
export function toWebexId(kind: WebexIdKind, text: string): string {
  if (UUID.test(text)) return toCanonicalId(kind, text);
  const uri = Buffer.from(text, 'base64').toString('utf8');
  return URI.test(uri) ? toBase64(uri) : text;
}

/** The uuid of an id, in lower case; undefined where its shape is unknown. */
export function toUuid(kind: WebexIdKind, text: string): string | undefined {
  if (UUID.test(text)) return text.toLowerCase();
  const [, itsKind, uuid = ''] = URI.exec(Buffer.from(text, 'base64').toString('utf8')) ?? [];
  return itsKind?.toUpperCase() === kind && UUID.test(uuid) ? uuid.toLowerCase() : undefined;
}

const toBase64 = (text: string) =>
  Buffer.from(text)
    .toString('base64')
    .replace(/(?<!=)=+$/, '');
