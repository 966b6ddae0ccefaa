/** `fetch` as the user: the CSRF token or session header, and one silent login on 401. */

import { MAX_RELOGINS } from './calls';
import type { Auth, Tokens } from './auth';
import { csrfTokenForWrites, isCsrfTokenOutdated } from './csrf';
import { failure } from './errors';
import { at, get, pause, settled } from './read';
import { GONE, callServer, readJson, sendJson } from './server';
import { isTokenMode, NO_TOKENS, serverOrigin, tokenHeader, tokensOf } from './tokens';
import { checkForLogout } from './tasks';
import { logInSilently, rateLimit } from './silent';
import { ANONYMOUS, dropTokens, replaceSession, saveSession } from './session';
import { isLoggedOut } from './wish';

const LATE_ANSWER_MS = 1000;

const isWrite = (request: Request): boolean => !/^(GET|HEAD|OPTIONS)$/.test(request.method);

/** Share one running call between callers at the same time. */
function shareCall<T>(auth: Auth, name: string, task: () => Promise<T>): Promise<T> {
  const running = (auth.sharedCalls_[name] ||= task());
  settled(running).then(() => delete auth.sharedCalls_[name]);
  return running;
}

// A copy of a request with changes loses these. An address may hold a secret, which
// "no-referrer" keeps out of the server's logs.
const referrerOf = ({ referrer, referrerPolicy }: Request): RequestInit => ({
  referrer,
  referrerPolicy,
});

// A redirect to another origin would send the header there. Mode "same-origin" makes that
// redirect fail.
function withCsrf(auth: Auth, request: Request): Request {
  if (!isWrite(request)) return request;
  const headers = new Headers(request.headers);
  headers.set(auth.config_.csrfHeader, csrfTokenForWrites(auth));
  return new Request(request, { ...referrerOf(request), headers, mode: 'same-origin' });
}

// Any redirect fails here: a browser would send the token to wherever it leads.
function withToken(auth: Auth, request: Request): Request {
  const headers = new Headers(request.headers);
  const ours = tokenHeader(auth, auth.tokens_, isForAllauth(auth, request));
  Object.entries(ours).forEach(([name, value]) => headers.set(name, value));
  const redirect = request.redirect === 'manual' ? 'manual' : 'error';
  const defaults = { redirect, mode: 'cors', credentials: 'omit' } as const;
  return new Request(request, { ...referrerOf(request), headers, ...defaults });
}

const isForAllauth = (auth: Auth, request: Request): boolean =>
  request.url.startsWith(new URL('..', auth.config_.sessionUrl).href);

function sendByCookie(auth: Auth, request: Request): Promise<Response> {
  const answer = window.fetch(withCsrf(auth, request));
  const end = settled(answer);
  auth.cookieRequests_.add(end);
  end.then(() => auth.cookieRequests_.delete(end));
  return answer;
}

// Sends a copy, so that the request can be sent again.
async function send(auth: Auth, request: Request): Promise<Response> {
  if (!isTokenMode(auth)) return sendByCookie(auth, request.clone());
  const before = auth.epoch_;
  const response = await window.fetch(withToken(auth, request.clone()));
  if (isForAllauth(auth, request) && before === auth.epoch_) {
    // The answer to a further step at allauth may bring a new token.
    const answer = await readJson(auth, response.clone()).catch(() => null);
    const meta = get(answer, 'meta');
    const tokens = tokensOf(auth, meta);
    const isAnonymous = get(meta, 'is_authenticated') === false;
    if (tokens) replaceSession(auth, isAnonymous ? ANONYMOUS : auth.session_, tokens);
  }
  return response;
}

/** Settle when no running task can change the user or the token. */
async function untilLoginEnds(auth: Auth): Promise<void> {
  const harmless = ['idle', 'consenting', isTokenMode(auth) ? '' : 'asking'];
  if (auth.task_ && !harmless.includes(auth.state_)) {
    await settled(auth.task_.promise_);
    await untilLoginEnds(auth);
  }
}

// An aborted request rejects at once, even if TikTok has not answered yet.
const untilAborted = ({ signal }: Request): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });

// A login during the request changes Django's CSRF token. Its answer brings the new one. After a
// login on another page, log in here too, to learn whether it is still the same user.
async function sendWithFreshCsrf(
  auth: Auth,
  request: Request,
  author: string | null,
): Promise<Response> {
  const before = csrfTokenForWrites(auth);
  const response = await send(auth, request);
  if (response.status !== 403 || !isWrite(request)) return response;
  await untilLoginEnds(auth);
  if (author && isCsrfTokenOutdated(auth)) await settled(logInAgain(auth));
  const isUnchanged = before === csrfTokenForWrites(auth) || !isSameUser(auth, author);
  return isUnchanged ? response : send(auth, request);
}

interface RequestContext {
  epoch_: number;
  author_: string | null;
  tokens_: Tokens;
}

// Whether the answer may mean that no user is logged in. DRF answers 403 for that as well, and
// allauth 410. From allauth's own endpoints, a 401 lists the ways to log in.
function mayBeLoggedOut(
  auth: Auth,
  request: Request,
  { status }: Response,
  context: RequestContext,
): boolean {
  if (!isTokenMode(auth)) return status === 401;
  if (status === GONE) return Boolean(context.tokens_.session);
  return (status === 401 || status === 403) && !isForAllauth(auth, request);
}

// A 403 or 410 may be the view's own answer. So ask allauth whether the session is there.
const isSessionGone = (auth: Auth): Promise<boolean> =>
  shareCall(auth, 'gone', async () => {
    const before = auth.epoch_;
    if (!auth.tokens_.session) return true;
    const response = await callServer(auth, auth.config_.sessionUrl, { method: 'GET' });
    if (response.status !== 401 && response.status !== GONE) return false;
    if (response.status === GONE && before === auth.epoch_) dropTokens(auth);
    const flows = at(await readJson(auth, response), 'data', 'flows');
    // A login that waits for a further step is not started again.
    return !(Array.isArray(flows) && flows.some((each) => get(each, 'is_pending')));
  });

// Resolves to whether there is a new access token. After a refusal, drop the session token too:
// a login of the same user in that session would bring no access token.
const refreshAccessToken = (auth: Auth): Promise<boolean> =>
  shareCall(auth, 'refresh', async () => {
    if (!auth.reloginsLeft_) return false;
    auth.reloginsLeft_ -= 1;
    const before = auth.epoch_;
    const { session, refresh } = auth.tokens_;
    const response = await sendJson(auth, auth.config_.refreshUrl, { refresh_token: refresh });
    if (response.status === 429 || response.status >= 500) throw failure(auth, 'network');
    const data = at(await readJson(auth, response), 'data');
    if (before !== auth.epoch_) return true;
    const meta = { session_token: session, refresh_token: refresh, ...data };
    const isRefreshed = response.ok && Boolean(get(data, 'access_token'));
    if (isRefreshed) replaceSession(auth, auth.session_, tokensOf(auth, meta)!);
    else saveSession(auth, auth.session_, NO_TOKENS);
    return isRefreshed;
  });

const logInAgain = (auth: Auth): Promise<boolean> =>
  shareCall(auth, 'login', async () => {
    if (!auth.reloginsLeft_ || isLoggedOut(auth) || rateLimit(auth)) return false;
    auth.reloginsLeft_ -= 1;
    // Each answer to a request of the expired session deletes the session cookie. An answer that
    // arrives after the login would delete the new one.
    await Promise.race([Promise.all([...auth.cookieRequests_]), pause(LATE_ANSWER_MS)]);
    if (isLoggedOut(auth)) return false;
    await logInSilently(auth);
    return true;
  });

// Resolves to whether the login or the token is a new one, so that a second request makes sense.
async function renewLogin(auth: Auth, status: number, context: RequestContext): Promise<boolean> {
  if (context.epoch_ !== auth.epoch_) return true;
  if (isTokenMode(auth)) {
    if (status === 401 && auth.tokens_.refresh && (await refreshAccessToken(auth))) return true;
    if (!(await isSessionGone(auth))) return false;
  }
  return context.epoch_ !== auth.epoch_ || logInAgain(auth);
}

// What one user wrote must not be sent as the next user.
const isSameUser = (auth: Auth, author: string | null): boolean =>
  author === null || author === auth.session_.userId;

// A path is always the server's, even if an attacker has added a <base>.
function addressOf(auth: Auth, input: RequestInfo | URL): RequestInfo | URL {
  const isPath = typeof input === 'string' && /^\/(?![/\\])/.test(input);
  if (!isPath || !auth.isConfigured_) return input;
  return (isTokenMode(auth) ? auth.config_.apiBase : self.origin) + input;
}

export async function fetchAsUser(
  auth: Auth,
  input: RequestInfo | URL,
  init?: RequestInit,
): Promise<Response> {
  const author = auth.session_.userId;
  await auth.started_;
  checkForLogout(auth);
  const request = new Request(addressOf(auth, input), init);
  if (!auth.isConfigured_ || new URL(request.url).origin !== serverOrigin(auth)) {
    return window.fetch(request);
  }
  // Until the login ends, the token may be missing, or another user's. In session mode only
  // writes wait, because the login changes Django's CSRF token.
  if (isTokenMode(auth) || isWrite(request)) {
    await Promise.race([untilLoginEnds(auth), untilAborted(request)]);
  }
  if (isWrite(request) && !isSameUser(auth, author)) throw failure(auth, 'cancelled');
  const context = { epoch_: auth.epoch_, author_: auth.session_.userId, tokens_: auth.tokens_ };
  const first = await (isTokenMode(auth)
    ? send(auth, request)
    : sendWithFreshCsrf(auth, request, author));
  if (!mayBeLoggedOut(auth, request, first, context)) return first;
  const isRenewed = await renewLogin(auth, first.status, context).catch(() => false);
  if (!isRenewed || !isSameUser(auth, context.author_)) return first;
  const second = await send(auth, request);
  if (!mayBeLoggedOut(auth, request, second, context)) auth.reloginsLeft_ = MAX_RELOGINS;
  return second;
}
