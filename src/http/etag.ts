const TAG = /(?:W\/)?("[^"]*")/g;

/** Compares `If-None-Match` weakly, since compressing proxies make ETags weak. Source: RFC 9110, §13.1.2 */
export const namesTag = (ifNoneMatch: string | null, etag: string): boolean =>
  ifNoneMatch !== null &&
  (ifNoneMatch.trim() === '*' || [...ifNoneMatch.matchAll(TAG)].some(([, tag]) => tag === etag));
