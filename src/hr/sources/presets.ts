import { normalizeBambooHr } from './bamboohr.ts';
import { normalizeGeneric } from './generic.ts';
import type { Preset } from './schemes.ts';
import type { Normalize } from './shape.ts';
import { normalizeCloudEvents, normalizeStandard } from './standard.ts';
import { normalizeFinch, normalizeHiBob, normalizeMerge, normalizePersonio } from './vendors.ts';

export const NORMALIZERS: Readonly<Record<Preset, Normalize>> = {
  'standard-webhooks': normalizeStandard,
  bamboohr: normalizeBambooHr,
  hibob: normalizeHiBob,
  finch: normalizeFinch,
  merge: normalizeMerge,
  personio: normalizePersonio,
  generic: normalizeGeneric,
  cloudevents: normalizeCloudEvents,
};
