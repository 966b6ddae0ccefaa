/** Who is in. Nothing but the functions of this file writes it. */

import type { Auth, Tokens } from './auth';
import { recall, remember } from './storage';
import { byToken, NO_TOKENS, sendable, tokenKey } from './tokens';
import { get } from './read';
import type { TTMinisSession } from './types';

export const NOBODY: TTMinisSession = Object.freeze({
  userId: null,
  user: null,
  ttminis: null,
  error: null,
});

/** Change what is known, or which tokens are good, of the person who is in. */
export function keep(auth: Auth, session: TTMinisSession, tokens: Tokens): void {
  auth.session_ = Object.freeze(session);
  if (!byToken(auth)) return;
  auth.tokens_ = Object.freeze(tokens);
  if (!auth.isConfigured_) return;
  const record = JSON.stringify({ userId: session.userId, tokens });
  remember(auth, 'sessionStorage', tokenKey(auth), tokens.session && record);
}

/** A login or a logout, and not just a token that turned out to be no good. */
export function become(auth: Auth, session: TTMinisSession, tokens: Tokens): void {
  auth.epoch_ += 1;
  keep(auth, session, tokens);
}

export const dropTokens = (auth: Auth): void => keep(auth, auth.session_, NO_TOKENS);

/** Go on with the session that this tab has kept. */
export function recallWho(auth: Auth): void {
  try {
    const { userId, tokens } = JSON.parse(recall(auth, 'sessionStorage', tokenKey(auth)));
    keep(auth, { ...NOBODY, userId }, tokensFrom(tokens));
  } catch (nothing) {
    // There is none, or none of ours.
  }
}

const tokensFrom = (kept: unknown): Tokens => ({
  session: sendable(get(kept, 'session')),
  access: sendable(get(kept, 'access')),
  refresh: sendable(get(kept, 'refresh')),
});
