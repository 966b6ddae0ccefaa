/** The page's session and tokens. Only these functions and `configure` change them. */

import type { Auth, Tokens } from './auth';
import { get } from './read';
import { readStored, writeStored } from './storage';
import { headerSafe, isTokenMode, NO_TOKENS, tokenKey } from './tokens';
import type { TTMinisSession } from './types';

export const ANONYMOUS: TTMinisSession = Object.freeze({
  userId: null,
  user: null,
  ttminis: null,
  error: null,
});

/** Set session and tokens without a login or logout, such as after an error. */
export function saveSession(auth: Auth, session: TTMinisSession, tokens: Tokens): void {
  auth.session_ = Object.freeze(session);
  if (!isTokenMode(auth)) return;
  auth.tokens_ = Object.freeze(tokens);
  if (!auth.isConfigured_) return;
  const record = JSON.stringify({ userId: session.userId, tokens });
  writeStored(auth, 'sessionStorage', tokenKey(auth), tokens.session && record);
}

/** Set session and tokens at a login or logout. */
export function replaceSession(auth: Auth, session: TTMinisSession, tokens: Tokens): void {
  auth.epoch_ += 1;
  saveSession(auth, session, tokens);
}

export const dropTokens = (auth: Auth): void => saveSession(auth, auth.session_, NO_TOKENS);

/** Continue the token session that this tab has stored. */
export function restoreSession(auth: Auth): void {
  try {
    const { userId, tokens } = JSON.parse(readStored(auth, 'sessionStorage', tokenKey(auth)));
    saveSession(auth, { ...ANONYMOUS, userId }, tokensFrom(tokens));
  } catch (nothing) {
    // Nothing is stored, or another script has written it.
  }
}

const tokensFrom = (stored: unknown): Tokens => ({
  session: headerSafe(get(stored, 'session')),
  access: headerSafe(get(stored, 'access')),
  refresh: headerSafe(get(stored, 'refresh')),
});
