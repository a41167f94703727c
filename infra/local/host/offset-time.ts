/** ISO 8601 with an offset, as .NET writes it. */
export const toOffsetTime = (date: Date): string => date.toISOString().replace('Z', '+00:00');
