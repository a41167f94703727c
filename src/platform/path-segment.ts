/**
 * An id as one segment of a URL's path. An address with a segment `.` or `..` leads to another place, and a text with
 * half a surrogate pair has no encoding.
 * @returns undefined for an id that cannot be a segment
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
