export const toPercent = (share: number): string => `${(100 * share).toFixed(1)} %`;
