/**
 * An id as a segment of a URL's path.
 * @returns undefined for an id that cannot be a segment: `.`, `..`, and a text with half a surrogate pair
 */
export function toPathSegment(id: string): string | undefined {
  if (id === '' || id === '.' || id === '..') return undefined;
  try {
    return encodeURIComponent(id);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
