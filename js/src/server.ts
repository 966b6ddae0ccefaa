/** Requests to the site's own server: addresses, time limits, and the errors of its answers. */

import type { Auth, Task, Tokens } from './auth';
import { noteCsrfToken, currentCsrfToken } from './csrf';
import { failure, type TTMinisAuthError } from './errors';
import { at, get } from './read';
import { isTokenMode, headerSafe, serverOrigin, tokenHeader, tokensOf } from './tokens';
import type { PendingFlow, TTMinisAccount, TTMinisUser } from './types';

const SERVER_TIMEOUT_MS = 30000;
/** allauth's status for a token whose session has ended. */
export const GONE = 410;

export const isGone = (auth: Auth, status: number | undefined): boolean =>
  isTokenMode(auth) && status === GONE;

/** The server's answer to a login that succeeded. */
export interface LoginAnswer {
  user_: TTMinisUser;
  ttminis_: TTMinisAccount;
  next_: string | undefined;
  tokens_: Tokens | null;
  grantedScopes_?: string[];
}

/**
 * Return the absolute address. Throw if its origin is not the site's (in token mode, not that of
 * `apiBase`), or if the page has no configuration. An attacker's <base href> changes nothing.
 */
export function serverAddress(auth: Auth, url: string): string {
  try {
    const address = new URL(url, self.origin);
    if (auth.isConfigured_ && address.origin === serverOrigin(auth)) return address.href;
  } catch (noAddress) {
    // Treated as an address of another origin.
  }
  throw failure(auth, 'not_configured');
}

// The page's language may differ from the browser's. Django's language cookie, if there is one,
// takes precedence over this header.
function languageHeader(auth: Auth): Record<string, string> {
  const language = headerSafe(auth.config_.language);
  return language ? { 'Accept-Language': language } : {};
}

interface ServerRequest {
  method: string;
  body?: string;
  headers?: Record<string, string>;
  keepalive?: boolean;
  signal_?: AbortSignal;
}

// A broken connection must not block the shared login for ever. It may also break in the middle
// of the answer, so the timer goes on; an abort after the end does nothing. A redirect would send
// the token to wherever it leads, so in token mode none is followed.
export async function callServer(
  auth: Auth,
  url: string,
  request: ServerRequest,
): Promise<Response> {
  const address = serverAddress(auth, url);
  const { signal_, headers, ...rest } = request;
  const control = new AbortController();
  const abort = (): void => control.abort();
  const timer = setTimeout(abort, SERVER_TIMEOUT_MS);
  signal_?.addEventListener('abort', abort);
  const tokenMode = isTokenMode(auth);
  const own = tokenMode
    ? tokenHeader(auth, auth.tokens_, true)
    : { [auth.config_.csrfHeader]: currentCsrfToken(auth) };
  const defaults: RequestInit = tokenMode
    ? { mode: 'cors', credentials: 'omit', redirect: 'error', cache: 'no-store' }
    : { mode: 'same-origin', credentials: 'same-origin' };
  try {
    return await window.fetch(address, {
      ...rest,
      ...defaults,
      signal: control.signal,
      headers: { Accept: 'application/json', ...languageHeader(auth), ...own, ...headers },
    });
  } catch (error) {
    clearTimeout(timer);
    throw failure(auth, 'network');
  }
}

export function sendJson(
  auth: Auth,
  url: string,
  content: unknown,
  options?: Partial<ServerRequest>,
): Promise<Response> {
  const headers = { 'Content-Type': 'application/json', ...options?.headers };
  return callServer(auth, url, { ...options, method: 'POST', body: JSON.stringify(content), headers });
}

export async function readJson(auth: Auth, response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    throw failure(auth, 'network', factsOf(response));
  }
}

// Parse a Retry-After header, which has seconds or a date, into seconds.
function secondsUntil(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  return / GMT$/.test(text) ? Math.ceil((Date.parse(text) - Date.now()) / 1000) : NaN;
}

function factsOf({ status, headers }: Response): { status: number; retryAfter?: number } {
  const seconds = secondsUntil(headers.get('Retry-After') || '');
  const isBusy = [429, 503].includes(status) && !Number.isNaN(seconds);
  return { status, retryAfter: isBusy ? Math.max(1, seconds) : undefined };
}

// allauth also lists every way to log in. Prefer the steps that are pending.
function pendingSteps(flows: PendingFlow[]): PendingFlow[] {
  const begun = flows.filter((each) => get(each, 'is_pending'));
  return begun.length ? begun : flows;
}

function errorOf(auth: Auth, response: Response, answer: unknown): TTMinisAuthError {
  const facts = factsOf(response);
  const flows = at(answer, 'data', 'flows');
  const areSteps = Array.isArray(flows) && flows.every((each) => get(each, 'id'));
  if (areSteps) return failure(auth, 'pending', { ...facts, flows: pendingSteps(flows) });
  const error = at(answer, 'errors', '0');
  const message = at(error, 'message');
  return failure(auth, at(error, 'code') || 'network', {
    ...facts,
    message,
    param: at(error, 'param'),
  });
}

/** Send a code to the server; resolve to its answer. */
export async function sendCode(auth: Auth, code: string, task: Task): Promise<LoginAnswer> {
  const { clientKey, next, loginUrl, csrfHeader } = auth.config_;
  const process = task.process_;
  // After a consent, the page does not navigate.
  const wanted = (process !== 'authorize' && next) || undefined;
  // A login replaces the session by one of the code's user. `connect` writes to the present
  // session, which must not be that of another user who has logged in on another tab.
  const isWrite = process === 'connect' && !isTokenMode(auth);
  const response = await sendJson(
    auth,
    loginUrl,
    { code, client_key: clientKey, process, next: wanted },
    {
      signal_: task.control_.signal,
      headers: isWrite ? { [csrfHeader]: auth.csrfToken_ } : {},
    },
  );
  if (isGone(auth, response.status)) throw failure(auth, 'network', { status: GONE });
  const answer = await readJson(auth, response);
  const meta = at(answer, 'meta');
  // After a login, the page's own token is outdated. If this is a refusal, it was before.
  if (!isTokenMode(auth)) noteCsrfToken(auth, meta);
  const user = at(answer, 'data', 'user');
  const tokens = tokensOf(auth, meta);
  if (!response.ok || get(user, 'id') == null) {
    const isAnonymous_ = at(meta, 'is_authenticated') === false;
    task.pendingSession_ = tokens && { tokens_: tokens, isAnonymous_ };
    throw errorOf(auth, response, answer);
  }
  return {
    user_: user,
    ttminis_: at(answer, 'data', 'ttminis'),
    next_: at(meta, 'next'),
    tokens_: tokens,
  };
}
