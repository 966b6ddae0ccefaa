/** The options of `createTTMinisAuth`, with their defaults. */

import { get } from './read';
import type { TTMinisAuthConfig } from './types';

/** The type of a default is the option's type; null means "a string or null". */
const DEFAULTS = {
  clientKey: '',
  mode: 'session',
  silent: true,
  process: 'login',
  next: null,
  callStyle: 'auto',
  sdkTimeout: 10000,
  messages: {},
  language: null,
  userId: null,
  loginUrl: '/accounts/ttminis/login/code/',
  logoutUrl: '/accounts/logout/',
  csrfToken: '',
  csrfCookie: null,
  csrfHeader: 'X-CSRFToken',
  logoutCookie: null,
  apiBase: '',
  sessionUrl: '',
  refreshUrl: '',
  tokenScheme: 'Bearer',
};
const CHOICES: Record<string, string[]> = {
  mode: ['session', 'token'],
  process: ['login', 'connect'],
  callStyle: ['auto', 'options', 'callback'],
};

const configError = (what: string, key: string): TypeError =>
  new TypeError(`createTTMinisAuth: ${what} "${key}"`);

function isValid(key: string, value: unknown): boolean {
  const byDefault = get(DEFAULTS, key);
  if (byDefault === null) return value === null || typeof value === 'string';
  if (CHOICES[key]) return CHOICES[key].includes(value as string);
  return value !== null && typeof value === typeof byDefault;
}

/** Throw an error that names the first key that is unknown or missing, or has a wrong type. */
export function checkConfig(config: TTMinisAuthConfig): void {
  for (const [key, value] of Object.entries(config ?? {})) {
    if (!Object.keys(DEFAULTS).includes(key)) throw configError('unknown key', key);
    if (value !== undefined && !isValid(key, value)) throw configError('wrong value of', key);
  }
  if (!config?.clientKey) throw configError('missing', 'clientKey');
  if (modeOf(config) === 'token' && !/^https?:\/\/[^/]/.test(config.apiBase ?? '')) {
    throw configError('no address in', 'apiBase');
  }
}

export const modeOf = ({ mode, apiBase }: TTMinisAuthConfig): string =>
  mode ?? (apiBase ? 'token' : 'session');

/** The default addresses of django-allauth. */
function defaultAddresses(config: TTMinisAuthConfig): object {
  if (modeOf(config) !== 'token') return {};
  const base = config.apiBase!.replace(/\/+$/, '');
  const session = `${base}/_allauth/app/v1/auth/session`;
  return {
    loginUrl: `${base}/accounts/ttminis/app/code/`,
    sessionUrl: session,
    logoutUrl: session,
    refreshUrl: `${base}/_allauth/app/v1/tokens/refresh`,
  };
}

/** Add the defaults of the options that are missing. */
export function withDefaults(config: TTMinisAuthConfig): object {
  const given = Object.entries(config).filter(([, value]) => value !== undefined);
  const apiBase = (config.apiBase ?? '').replace(/\/+$/, '');
  return {
    ...DEFAULTS,
    ...defaultAddresses(config),
    ...Object.fromEntries(given),
    apiBase,
    mode: modeOf(config),
  };
}
