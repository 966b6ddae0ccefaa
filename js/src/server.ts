/** Talk to the site's own server: addresses, time limits, what an answer means. */

import type { Auth, Task, Tokens } from './auth';
import { noteCsrfToken, currentCsrfToken } from './csrf';
import { failure, type TTMinisAuthError } from './errors';
import { at, get } from './read';
import { isTokenMode, headerSafe, serverOrigin, tokenHeader, tokensOf } from './tokens';
import type { PendingFlow, TTMinisAccount, TTMinisUser } from './types';

const SERVER_TIMEOUT_MS = 30000;
/** How allauth answers a token whose session is no more. */
export const GONE = 410;

export const isGone = (auth: Auth, status: number | undefined): boolean =>
  isTokenMode(auth) && status === GONE;

/** A login that the server has let in. */
export interface LoginAnswer {
  user_: TTMinisUser;
  ttminis_: TTMinisAccount;
  next_: string | undefined;
  tokens_: Tokens | null;
  grantedScopes_?: string[];
}

/**
 * Return the whole address. A code goes to no other origin than the site's, or in token mode
 * than the one that the export named, and an attacker's <base href> moves no address. Throws
 * where the page has no configuration at all.
 */
export function serverAddress(auth: Auth, url: string): string {
  try {
    const address = new URL(url, self.origin);
    if (auth.isConfigured_ && address.origin === serverOrigin(auth)) return address.href;
  } catch (noAddress) {
    // The same as a foreign one.
  }
  throw failure(auth, 'not_configured');
}

// The page may be in another language than the browser: its address may say so, or the export.
// A cookie of Django's for the language still counts for more.
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

// A dead connection must not hold the shared login for ever, nor one that dies in the middle
// of the answer: so the timer runs on. To abort what is over does nothing. A redirect would
// carry our header along to wherever it leads, so in token mode none is followed.
export async function callServer(auth: Auth, url: string, sending: ServerRequest): Promise<Response> {
  const address = serverAddress(auth, url);
  const { signal_, headers, ...rest } = sending;
  const control = new AbortController();
  const abort = (): void => control.abort();
  const timer = setTimeout(abort, SERVER_TIMEOUT_MS);
  signal_?.addEventListener('abort', abort);
  const tokenMode = isTokenMode(auth);
  const own = tokenMode
    ? tokenHeader(auth, auth.tokens_, true)
    : { [auth.config_.csrfHeader]: currentCsrfToken(auth) };
  const manner: RequestInit = tokenMode
    ? { mode: 'cors', credentials: 'omit', redirect: 'error', cache: 'no-store' }
    : { mode: 'same-origin', credentials: 'same-origin' };
  try {
    return await window.fetch(address, {
      ...rest,
      ...manner,
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
  others?: Partial<ServerRequest>,
): Promise<Response> {
  const headers = { 'Content-Type': 'application/json', ...others?.headers };
  return callServer(auth, url, { ...others, method: 'POST', body: JSON.stringify(content), headers });
}

export async function readJson(auth: Auth, response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    throw failure(auth, 'network', factsOf(response));
  }
}

// When a busy server, or a proxy before it, wants to be asked again: seconds or a date.
function secondsUntil(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  return / GMT$/.test(text) ? Math.ceil((Date.parse(text) - Date.now()) / 1000) : NaN;
}

function factsOf({ status, headers }: Response): { status: number; retryAfter?: number } {
  const seconds = secondsUntil(headers.get('Retry-After') || '');
  const isBusy = [429, 503].includes(status) && !Number.isNaN(seconds);
  return { status, retryAfter: isBusy ? Math.max(1, seconds) : undefined };
}

// allauth names every way in as well; what was begun is what counts.
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

/** Hand a code to the server; resolve to who is in by it. */
export async function sendCode(auth: Auth, code: string, task: Task): Promise<LoginAnswer> {
  const { clientKey, next, loginUrl, csrfHeader } = auth.config_;
  const process = task.process_;
  // Consent leaves the person where they are.
  const wanted = (process !== 'authorize' && next) || undefined;
  // A login makes the session that of whoever the code belongs to. To connect writes into the
  // session as it is: not into that of somebody who has logged in elsewhere since.
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
  // The one in the page is dead after a login, and was before if this is a refusal.
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
