import type { Preset } from '../schemes.ts';
import type { Source } from '../sources.ts';
import { toBambooHr } from './bamboohr.ts';
import { toGeneric, toWrapped } from './fields.ts';
import type { Said, ToSample } from './said.ts';
import { toFinch, toHiBob, toMerge, toPersonio, toStandard } from './vendors.ts';

/** Bodies in the form in which each HR system really sends them; their sources are named on the pages of docs/hr-sources. */
const SAMPLES: Readonly<Record<Preset, ToSample>> = {
  'standard-webhooks': toStandard,
  bamboohr: toBambooHr,
  hibob: toHiBob,
  finch: toFinch,
  merge: toMerge,
  personio: toPersonio,
  generic: toGeneric,
  cloudevents: toWrapped,
};

/** @returns the body, or what this HR system cannot say in an event */
export const toSample = (source: Source, said: Said): object | string => SAMPLES[source.preset](said, source);

export const toContentType = ({ preset }: Source): string =>
  preset === 'cloudevents' ? 'application/cloudevents+json' : 'application/json';
