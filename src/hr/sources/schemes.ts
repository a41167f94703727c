import type { Scheme, SignatureScheme } from './verify.ts';

const signature = (
  scheme: Omit<SignatureScheme, 'kind' | 'prefix' | 'separator' | 'toleranceSeconds' | 'secretEncoding'> &
    Partial<SignatureScheme>,
): SignatureScheme => ({
  kind: 'signature',
  prefix: '',
  separator: '',
  toleranceSeconds: 300,
  secretEncoding: 'text',
  ...scheme,
});

/** How each HR system proves who it is. Sources: the vendors' webhook documentation. */
export const SCHEMES = {
  'standard-webhooks': signature({
    algorithm: 'sha256',
    encoding: 'base64',
    header: 'webhook-signature',
    prefix: 'v1,',
    separator: ' ',
    signed: '{id}.{timestamp}.{body}',
    idHeader: 'webhook-id',
    timestampHeader: 'webhook-timestamp',
    secretEncoding: 'base64',
  }),
  bamboohr: signature({
    algorithm: 'sha256',
    encoding: 'hex',
    header: 'x-bamboohr-signature',
    signed: '{body}{timestamp}',
    timestampHeader: 'x-bamboohr-timestamp',
  }),
  hibob: signature({ algorithm: 'sha512', encoding: 'base64', header: 'bob-signature', signed: '{body}' }),
  finch: signature({
    algorithm: 'sha256',
    encoding: 'base64',
    header: 'finch-signature',
    prefix: 'v1,',
    separator: ' ',
    signed: '{id}.{timestamp}.{body}',
    idHeader: 'finch-event-id',
    timestampHeader: 'finch-timestamp',
    secretEncoding: 'base64',
  }),
  merge: signature({
    algorithm: 'sha256',
    encoding: 'base64url',
    header: 'x-merge-webhook-signature',
    signed: '{body}',
  }),
  personio: { kind: 'token', header: 'authorization', prefix: '' },
  generic: { kind: 'token', header: 'authorization', prefix: 'Bearer ' },
  cloudevents: { kind: 'token', header: 'authorization', prefix: 'Bearer ' },
} as const satisfies Record<string, Scheme>;

/** The HR systems that are known by name. */
export type Preset = keyof typeof SCHEMES;
