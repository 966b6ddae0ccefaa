/** Who is in. Nothing but the functions of this file writes it. */

import type { Auth, Tokens } from './auth';
import { readStored, writeStored } from './storage';
import { isTokenMode, NO_TOKENS, headerSafe, tokenKey } from './tokens';
import { get } from './read';
import type { TTMinisSession } from './types';

export const ANONYMOUS: TTMinisSession = Object.freeze({
  userId: null,
  user: null,
  ttminis: null,
  error: null,
});

/** Change what is known, or which tokens are good, of the person who is in. */
export function saveSession(auth: Auth, session: TTMinisSession, tokens: Tokens): void {
  auth.session_ = Object.freeze(session);
  if (!isTokenMode(auth)) return;
  auth.tokens_ = Object.freeze(tokens);
  if (!auth.isConfigured_) return;
  const record = JSON.stringify({ userId: session.userId, tokens });
  writeStored(auth, 'sessionStorage', tokenKey(auth), tokens.session && record);
}

/** A login or a logout, and not just a token that turned out to be no good. */
export function replaceSession(auth: Auth, session: TTMinisSession, tokens: Tokens): void {
  auth.epoch_ += 1;
  saveSession(auth, session, tokens);
}

export const dropTokens = (auth: Auth): void => saveSession(auth, auth.session_, NO_TOKENS);

/** Go on with the session that this tab has kept. */
export function restoreSession(auth: Auth): void {
  try {
    const { userId, tokens } = JSON.parse(readStored(auth, 'sessionStorage', tokenKey(auth)));
    saveSession(auth, { ...ANONYMOUS, userId }, tokensFrom(tokens));
  } catch (nothing) {
    // There is none, or none of ours.
  }
}

const tokensFrom = (stored: unknown): Tokens => ({
  session: headerSafe(get(stored, 'session')),
  access: headerSafe(get(stored, 'access')),
  refresh: headerSafe(get(stored, 'refresh')),
});
