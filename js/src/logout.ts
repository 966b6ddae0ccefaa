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
  // X-Requested-With makes allauth answer with JSON and not with a redirect.
  const headers = {
    'Content-Type': 'application/x-www-form-urlencoded',
    'X-Requested-With': 'XMLHttpRequest',
    // Other pages read the logout in localStorage. So the server need not set its cookie, which
    // could arrive after a later login.
    ...(isStored('localStorage', wishKey(auth)) && { 'X-TTMinis-Logout': 'noted' }),
  };
  const post = (): Promise<Response> =>
    callServer(auth, auth.config_.logoutUrl, {
      method: 'POST',
      body: '',
      headers,
      keepalive: true,
    });
  let response = await post();
  if (response.status === 403 && (await fetchCsrfToken(auth))) response = await post();
  if (!response.ok) throw failure(auth, 'network', { status: response.status });
}

// If no script can read the cookie, fetch the token from the login endpoint: its refusal of an
// old token has the new one. Resolves to whether the token is a new one.
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
    // The visitor may be leaving the page.
    keepalive: true,
  });
  // allauth answers 401 if the logout worked, and 410 if the session had already ended.
  if (![200, 401, GONE].includes(status)) throw failure(auth, 'network', { status });
}
