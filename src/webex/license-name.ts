/**
 * A name for comparison without case and spacing. Names from before the renaming of 2026-01-26 become those after it
 * ("Single License - Webex Calling" became "Webex Calling", "… CX Essentials" "Customer Assist").
 */
export const toCanonicalName = (name: string): string =>
  toComparableName(name)
    .replace(/^single license - /, '')
    .replace(/^(customer experience|cx)( -)? essentials?$/, 'customer assist');

export const toComparableName = (name: string): string =>
  name.normalize('NFC').toLowerCase().replace(/\s+/g, ' ').trim();
