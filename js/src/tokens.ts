/**
 * The tokens of a page on another origin than the server (token mode).
 *
 * `access` and `refresh` are empty unless the project configures allauth.headless to use JWTs.
 * Tokens go into headers, and into sessionStorage so that a reload continues the session. They
 * never go into an address, the page or an event.
 */

import type { Auth, Tokens } from './auth';
import { get } from './read';

export const NO_TOKENS: Tokens = Object.freeze({ session: '', access: '', refresh: '' });

/** The mode that the file is built for; the build removes the code of the other. */
declare const BUILT_FOR: 'session' | 'token' | 'both';

export const isTokenMode = (auth: Auth): boolean =>
  BUILT_FOR === 'both' ? auth.config_.mode === 'token' : BUILT_FOR === 'token';

/** Say whether the page has loaded the file of the other mode. */
export const isBuiltForOtherMode = (auth: Auth): boolean =>
  isTokenMode(auth) !== (auth.config_.mode === 'token');

/** Return the server's origin; throw if `apiBase` is no address. */
export const serverOrigin = (auth: Auth): string =>
  isTokenMode(auth) ? new URL(auth.config_.apiBase).origin : self.origin;

// The key contains the server's origin. If a new export names another server, the stored token
// must not be sent there.
export const tokenKey = (auth: Auth): string => storageKey(auth, 'token');

/** For the time and user of the latest login, until a page is rendered for that user. */
export const lastLoginKey = (auth: Auth): string => storageKey(auth, 'login');

const storageKey = (auth: Auth, what: string): string =>
  `ttminis-auth:${what}:${auth.config_.clientKey}:${serverOrigin(auth)}`;

/** Return a text that a header can hold, else "". Any other text makes each request throw. */
export const headerSafe = (text: unknown): string =>
  /^[\x21-\x7e]+$/.test(String(text ?? '')) ? String(text) : '';

/**
 * Return the tokens of an answer, or null. The answer to a login of the same user has none: that
 * user's tokens stay valid.
 */
export function tokensOf(auth: Auth, meta: unknown): Tokens | null {
  if (!isTokenMode(auth)) return null;
  const session = headerSafe(get(meta, 'session_token'));
  const access = headerSafe(get(meta, 'access_token'));
  if (!session && !access) return null;
  const refresh = headerSafe(get(meta, 'refresh_token'));
  return { session: session || auth.tokens_.session, access, refresh };
}

/** Return the header that authenticates: allauth takes the session token, other views a JWT. */
export function tokenHeader(
  { config_: { tokenScheme } }: Auth,
  { session, access }: Tokens,
  forAllauth: boolean,
): Record<string, string> {
  if (access && !forAllauth) return { Authorization: `${tokenScheme} ${access}` };
  return session ? { 'X-Session-Token': session } : {};
}
