/** End the session on the server. */

import type { Auth, Task, Tokens } from './auth';
import { noteCsrfToken } from './csrf';
import { failure } from './errors';
import { get } from './read';
import { GONE, callServer, readJson, sendJson } from './server';
import { isStored } from './storage';
import { isTokenMode, tokenHeader } from './tokens';
import { wishKey } from './wish';

export const endSession = (auth: Auth, task: Task): Promise<void> =>
  isTokenMode(auth) ? endTokenSession(auth, task.tokens_!) : endCookieSession(auth);

async function endCookieSession(auth: Auth): Promise<void> {
  // The header makes allauth answer with JSON in place of a redirect to some page.
  const headers = {
    'Content-Type': 'application/x-www-form-urlencoded',
    'X-Requested-With': 'XMLHttpRequest',
    // Then no mark is needed to tell other pages of it, which could come after a later login.
    ...(isStored('localStorage', wishKey(auth)) && { 'X-TTMinis-Logout': 'noted' }),
  };
  const post = (): Promise<Response> =>
    callServer(auth, auth.config_.logoutUrl, { method: 'POST', body: '', headers, keepalive: true });
  let response = await post();
  if (response.status === 403 && (await fetchCsrfToken(auth))) response = await post();
  if (!response.ok) throw failure(auth, 'network', { status: response.status });
}

// Where no script can read the cookie, our own server says what the token is, to whoever
// comes with an old one. Resolves to whether there is another.
async function fetchCsrfToken(auth: Auth): Promise<boolean> {
  const before = auth.latestCsrfToken_;
  const answer = await readJson(auth, await sendJson(auth, auth.config_.loginUrl, {}));
  noteCsrfToken(auth, get(answer, 'meta'));
  return auth.latestCsrfToken_ !== before;
}

export async function endTokenSession(auth: Auth, tokens: Tokens): Promise<void> {
  if (!tokens.session) return;
  const { status } = await callServer(auth, auth.config_.logoutUrl, {
    method: 'DELETE',
    headers: tokenHeader(auth, tokens, true),
    // The page may be on its way elsewhere.
    keepalive: true,
  });
  // allauth says "nobody is logged in" where it worked, and GONE where nothing was left.
  if (![200, 401, GONE].includes(status)) throw failure(auth, 'network', { status });
}
