/**
 * The tokens of a page on another origin than the server.
 *
 * `access` and `refresh` are there where the project lets allauth.headless give out JWTs.
 * They go into headers, and into the storage of this tab so that a reload keeps the session;
 * never into an address, the page or an event.
 */

import type { Auth, Tokens } from './auth';
import { get } from './read';

export const NO_TOKENS: Tokens = Object.freeze({ session: '', access: '', refresh: '' });

/** Which pages the file is for: the build removes what the others need. */
declare const BUILT_FOR: 'session' | 'token' | 'both';

export const isTokenMode = (auth: Auth): boolean =>
  BUILT_FOR === 'both' ? auth.config_.mode === 'token' : BUILT_FOR === 'token';

/** Say whether the page has loaded the file of the other mode, which can do nothing there. */
export const isBuiltForOtherMode = (auth: Auth): boolean =>
  isTokenMode(auth) !== (auth.config_.mode === 'token');

/** Where the server is. Throws where the configuration names no place. */
export const serverOrigin = (auth: Auth): string =>
  isTokenMode(auth) ? new URL(auth.config_.apiBase).origin : self.origin;

// With the server: a package that was pointed elsewhere must not take the token there.
export const tokenKey = (auth: Auth): string => storageKey(auth, 'token');

/** Whom a login has brought in, and when; until a page is rendered for that person. */
export const lastLoginKey = (auth: Auth): string => storageKey(auth, 'newcomer');

const storageKey = (auth: Auth, what: string): string =>
  `ttminis-auth:${what}:${auth.config_.clientKey}:${serverOrigin(auth)}`;

/** A header takes no other text; one that throws would break every request. */
export const headerSafe = (text: unknown): string =>
  /^[\x21-\x7e]+$/.test(String(text ?? '')) ? String(text) : '';

/**
 * Return the tokens that an answer brings, or null. The answer to the same person's
 * login brings none: theirs stay as they are.
 */
export function tokensOf(auth: Auth, meta: unknown): Tokens | null {
  if (!isTokenMode(auth)) return null;
  const session = headerSafe(get(meta, 'session_token'));
  const access = headerSafe(get(meta, 'access_token'));
  if (!session && !access) return null;
  const refresh = headerSafe(get(meta, 'refresh_token'));
  return { session: session || auth.tokens_.session, access, refresh };
}

/** Return what says who asks. The session token is for allauth; a JWT for everybody else. */
export function tokenHeader(
  { config_: { tokenScheme } }: Auth,
  { session, access }: Tokens,
  forAllauth: boolean,
): Record<string, string> {
  if (access && !forAllauth) return { Authorization: `${tokenScheme} ${access}` };
  return session ? { 'X-Session-Token': session } : {};
}
