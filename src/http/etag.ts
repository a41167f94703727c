const TAG = /(?:W\/)?("[^"]*")/g;

/**
 * Whether an `If-None-Match` names the state that a resource is in, by weak comparison: proxies that compress make tags
 * weak. Source: RFC 9110, §13.1.2
 */
export const namesTag = (ifNoneMatch: string | null, etag: string): boolean =>
  ifNoneMatch !== null &&
  (ifNoneMatch.trim() === '*' || [...ifNoneMatch.matchAll(TAG)].some(([, tag]) => tag === etag));
