/*
 * Logs the page in through TTMinis.login(, asks for name and picture through
 * TTMinis.authorize( and says so with DOM events.
 *
 *   window.TTMinisAuth   ready, session, login(), authorize(), connect(), switchAccount(),
 *                        logout(), fetch()
 *   events on document   ttminis:login, ttminis:authorize, ttminis:error, ttminis:logout
 *
 * Types and promises: ttminis-auth.d.ts. Configuration: the JSON in the script element that
 * {% ttminis_sdk %} writes, and in no other element. No dependency, no build step, ES2017.
 * Writes nothing to the console and navigates only where `next` was asked for.
 *
 * Two modes. "session": a page of the site itself, known by its cookie. "token": a page
 * that TikTok hosts, on another origin, known by a token that it sends in a header.
 */
(function () {
  'use strict';

  // ------------------------------------------------------ a stranger's markup

  // Some sites show markup of their visitors and keep its ids and names. An attacker writes
  // <img name="cookie"> there, and document.cookie is the image from then on; <input
  // name="method"> does the same to its form, and <a id="TTMinis"> appears on the window. So the
  // browser's own properties are taken from the prototypes, and only scripts count as ours.
  const isOwnGlobal = (name) => Object.prototype.hasOwnProperty.call(window, name);
  const ofDocument = (name) => Reflect.get(Document.prototype, name, document);
  const onDocument = (...listener) => ofDocument('addEventListener').apply(document, listener);
  const queryAll = (selector) => [...ofDocument('querySelectorAll').call(document, selector)];
  const matches = (element, selector) => Element.prototype.matches.call(element, selector);
  const attribute = (element, name) => Element.prototype.getAttribute.call(element, name) || '';
  const isScript = (element) => element instanceof HTMLScriptElement;

  function closest({ target }, selector) {
    return target instanceof Element && Element.prototype.closest.call(target, selector);
  }

  // A page may load this file by the tag and again inside its own bundle.
  if (isOwnGlobal('TTMinisAuth')) return;

  const POLL_MS = 50;
  const COMPLETE_GRACE_MS = 300;
  const STRAGGLER_MS = 1000;
  const LISTENER_MS = 3000;
  const SERVER_TIMEOUT_MS = 30000;
  // A person reads the consent dialog; only one that is lost takes longer than this.
  const CONSENT_TIMEOUT_MS = 300000;
  const DEFAULT_SCOPE = 'user.info.basic';
  const RELOGIN_BUDGET = 3;
  // A page that reloads after a login is there long before.
  const LOST_MS = 60000;
  // How often a silent login is put off, and by how much a server may ask for at most.
  const DELAYS = 3;
  const LONGEST_DELAY_S = 60;
  const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];
  // How allauth answers a token whose session is no more.
  const GONE = 410;
  const NOBODY = Object.freeze({ userId: null, user: null, ttminis: null, error: null });

  const born = Date.now();
  let config = { messages: {}, sdkTimeout: 10000, userId: null };
  const byToken = () => config.mode === 'token';
  let session = NOBODY;
  // Grows with every login and logout: who sent a request before sees that there was one.
  let epoch = 0;

  // ---------------------------------------------------------------- errors

  class TTMinisAuthError extends Error {
    constructor(code, message, detail) {
      super(message);
      Object.assign(this, detail, { name: 'TTMinisAuthError', code });
    }
  }

  function failure(code, detail) {
    const said = detail && detail.message;
    const text = config.messages[code];
    const message = text === undefined ? said || config.messages.sdk_failed || code : text;
    return new TTMinisAuthError(code, message, Object.assign({}, detail, { message }));
  }

  function emit(name, detail) {
    const event = new CustomEvent('ttminis:' + name, { detail });
    heard.then(() => ofDocument('dispatchEvent').call(document, event));
  }

  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const settled = (promise) => promise.then(() => undefined, () => undefined);

  // Callers at the same time share one run.
  function single(task) {
    let running = null;
    return () => {
      if (!running) {
        running = task();
        settled(running).then(() => {
          running = null;
        });
      }
      return running;
    };
  }

  // --------------------------- what outlives the page: a logout, a token

  // Storage may be blocked, and then even naming it throws. The copy in memory
  // keeps the promise for as long as this page lives.
  const memory = {};

  function recall(area, key) {
    try {
      return window[area].getItem(key) || memory[key];
    } catch (blocked) {
      return memory[key];
    }
  }

  function remember(area, key, value) {
    try {
      if (value) window[area].setItem(key, value);
      else window[area].removeItem(key);
      // Other pages change what is stored, and could not change a copy of ours.
      delete memory[key];
    } catch (blocked) {
      memory[key] = value;
    }
  }

  function isStored(area, key) {
    try {
      return window[area].getItem(key) !== null;
    } catch (blocked) {
      return false;
    }
  }

  // Whom a login has brought in, and when; until a page is rendered for that person.
  const newcomerKey = () => `ttminis-auth:newcomer:${config.clientKey}:${serverOrigin()}`;

  // TikTok has no logout: without this mark, the next silent login would bring
  // back the person who just left. It is kept per app, like the login itself.
  const logoutKey = () => 'ttminis-auth:logged-out:' + config.clientKey;
  const isLoggedOut = () => Boolean(recall('localStorage', logoutKey()));
  // Grows with every logout: a login that was asked for before does not undo it.
  let departures = 0;
  // Whether this page has heard of the logout: who is in it came, or stayed, all the same.
  let isLogoutKnown = false;

  function rememberLogout() {
    departures += 1;
    isLogoutKnown = true;
    remember('localStorage', logoutKey(), '1');
    remember('sessionStorage', newcomerKey(), '');
  }

  function forgetLogout() {
    isLogoutKnown = false;
    remember('localStorage', logoutKey(), '');
  }

  // ------------------------------------------------- session and its keys

  // To write, a page of our own site needs Django's CSRF token beside the cookie.
  let csrfToken = '';
  // The cookie as it was then.
  let csrfCookieThen = '';

  function keepCsrfToken(token) {
    csrfToken = token || csrfToken;
    csrfCookieThen = csrfCookie();
  }

  // Empty where the project hides it from scripts. Two of one name come from a parent domain
  // as well, and Django takes either.
  function csrfCookie() {
    const start = config.csrfCookie + '=';
    const found = cookies().filter((each) => config.csrfCookie && each.startsWith(start));
    return found.length === 1 ? sendable(found[0].slice(start.length)) : '';
  }

  // Each login changes the token, also one in another tab or on a page that "back" leaves
  // again. The cookie then has the new one.
  const presentCsrfToken = () => csrfCookie() || csrfToken;
  const isCsrfTokenOutdated = () => csrfCookie() !== csrfCookieThen;

  // Whoever logged in there may be somebody else, and the session is theirs by now. What this
  // page writes for the one that it knows must not get there under their name: its own token
  // makes Django refuse it.
  const csrfTokenToWrite = () => (session.userId ? csrfToken : presentCsrfToken());

  function cookies() {
    try {
      return ofDocument('cookie').split('; ');
    } catch (blocked) {
      return [];
    }
  }

  // A page elsewhere has these. `access` and `refresh` are there where the project lets
  // allauth.headless give out JWTs. They go into headers, and into the storage of this
  // tab so that a reload keeps the session; never into an address, the page or an event.
  const NO_TOKENS = Object.freeze({ session: '', access: '', refresh: '' });
  let tokens = NO_TOKENS;

  const serverOrigin = () => (byToken() ? new URL(config.apiBase).origin : location.origin);
  // With the server: a bundle that was pointed elsewhere must not take the token there.
  const tokenKey = () => `ttminis-auth:token:${config.clientKey}:${serverOrigin()}`;

  function keep(nextSession, nextTokens) {
    session = Object.freeze(nextSession);
    tokens = Object.freeze(nextTokens);
    if (!byToken()) return;
    const record = JSON.stringify({ userId: session.userId, tokens });
    remember('sessionStorage', tokenKey(), tokens.session && record);
  }

  // A login or a logout, and not just a token that turned out to be dead.
  function become(nextSession, nextTokens) {
    epoch += 1;
    keep(nextSession, nextTokens);
  }

  // A header takes no other text; one that throws would break every request.
  const sendable = (text) => (/^[\x21-\x7e]+$/.test(text || '') ? String(text) : '');

  const tokensFrom = (id, access, refresh) => ({
    session: sendable(id),
    access: sendable(access),
    refresh: sendable(refresh),
  });

  function recallTokens() {
    try {
      const kept = JSON.parse(recall('sessionStorage', tokenKey()));
      const { session: id, access, refresh } = kept.tokens;
      keep(Object.assign({}, NOBODY, { userId: kept.userId }), tokensFrom(id, access, refresh));
    } catch (nothing) {
      // There is none, or none of ours.
    }
  }

  // The answer to the same person's login brings no token: theirs stays as it is.
  function takeTokens(meta) {
    const { session_token: id, access_token: access, refresh_token: refresh } = meta;
    if (!byToken() || !(id || access)) return;
    // One that leads to a further step is nobody's yet.
    const owner = meta.is_authenticated === false ? NOBODY : session;
    become(owner, tokensFrom(id || tokens.session, access, refresh));
  }

  // What says who asks. The session token is for allauth; a JWT is for everybody else.
  function tokenHeader({ forAllauth }) {
    if (tokens.access && !forAllauth) {
      return { Authorization: config.tokenScheme + ' ' + tokens.access };
    }
    return tokens.session ? { 'X-Session-Token': tokens.session } : {};
  }

  // --------------------------------------------------------------- the SDK

  // Each call has to stand here literally: TikTok's upload scan looks for the text.
  const LOGIN = {
    name: 'login',
    call: (...form) => window.TTMinis.login(...form),
    timeout: () => config.sdkTimeout,
  };
  const AUTHORIZE = {
    name: 'authorize',
    asksThePerson: true,
    call: (...form) => window.TTMinis.authorize(...form),
    timeout: () => CONSENT_TIMEOUT_MS,
  };

  let initialised = false;
  const INITIALISED = 'script[data-ttminis-init="done"]:not([type])';

  function sdkIsThere() {
    const sdk = isOwnGlobal('TTMinis') && window.TTMinis;
    return Boolean(sdk) && [sdk.init, sdk.login].some((each) => typeof each === 'function');
  }

  // The wait counts from the start of the page: who presses the button a minute later,
  // outside TikTok, gets the answer at once.
  async function awaitSdk() {
    while (!sdkIsThere()) {
      if (Date.now() - born > config.sdkTimeout) throw failure('not_in_tiktok');
      await pause(POLL_MS);
    }
  }

  // The inline script has done this already unless the SDK came after it, or a
  // Content-Security-Policy forbade it. Twice is not documented to be harmless.
  function initialise() {
    if (initialised || queryAll(INITIALISED).some(isScript)) return;
    initialised = true;
    if (typeof window.TTMinis.init !== 'function') return;
    try {
      window.TTMinis.init({ clientKey: config.clientKey });
    } catch (error) {
      initialised = false;
      throw refused(LOGIN, error);
    }
  }

  // true, false, or undefined: older SDKs lack canIUse, which proves nothing.
  function canIUse(path) {
    try {
      return window.TTMinis.canIUse(path);
    } catch (error) {
      return undefined;
    }
  }

  async function prepareSdk(api) {
    ourAddress(config.loginUrl);
    await awaitSdk();
    initialise();
    if (typeof window.TTMinis[api.name] !== 'function' || canIUse(api.name) === false) {
      throw failure('unsupported');
    }
  }

  // Both stand at the top of the answer or under authResponse, by the age of TikTok's page.
  function partOf(answer, key) {
    return answer && (answer[key] || (answer.authResponse && answer.authResponse[key]));
  }

  function codeIn(answer) {
    const found = partOf(answer, 'code');
    return typeof found === 'string' ? found : '';
  }

  // For display only: what counts is what TikTok tells the server.
  function grantedIn(answer) {
    const found = partOf(answer, 'grantedScopes');
    return found ? String(found).split(',').map((each) => each.trim()).filter(Boolean) : undefined;
  }

  // The error stands under `error` or is the answer itself; its number is a number on one
  // of TikTok's pages, a string on another, and has two names.
  function refused(api, answer) {
    const error = (answer && answer.error) || answer || {};
    const bare = typeof error === 'object' ? undefined : error;
    const known = [error.error_code, error.errorCode, error.code, bare];
    const number = known.find((each) => /^-?\d+$/.test(String(each)));
    const sdkCode = number === undefined ? null : String(number);
    const sdkMessage = String(error.error_msg || error.errorMsg || error.message || bare || '');
    const declined = api.asksThePerson && isNull(answer) && !sdkCode && !sdkMessage;
    return failure(declined ? 'cancelled' : meaning(sdkCode), { sdkCode, sdkMessage });
  }

  // How TikTok's pages (minis-sdk-login) write "no code for you" where they name no error.
  function isNull(answer) {
    return Boolean(answer) && (answer.authResponse === null || answer.code === null);
  }

  // 102102: terms or privacy address missing in TikTok's portal (tiktok-minis-silent-login).
  // A last part of 601 means "cancelled" in TikTok's payment codes; for login and authorize
  // that is a guess, and a harmless one: it only chooses the text.
  function meaning(sdkCode) {
    if (sdkCode === '102102') return 'portal_misconfigured';
    return /^\d{3}601$/.test(sdkCode || '') ? 'cancelled' : 'sdk_failed';
  }

  function judge(api, answer) {
    if (!codeIn(answer) || answer.error) return refused(api, answer);
    return { code: codeIn(answer), grantedScopes: grantedIn(answer) };
  }

  function bareOrJudge(api, answer) {
    return answer && typeof answer === 'string' ? { code: answer } : judge(api, answer);
  }

  // Wrappers around native bridges often return a promise that only means "sent".
  function saysSomething(answer) {
    if (!answer || typeof answer === 'string') return Boolean(answer);
    const telling = ['error', 'error_code', 'errorCode', 'authResponse'];
    const told = telling.some((key) => key in Object(answer));
    return told || Boolean(codeIn(answer)) || isNull(answer);
  }

  // TikTok's pages of one single day show login(callback) and login({success, fail}), and
  // authorize(callback, options) beside authorize({scope, success}). Unless canIUse knows,
  // one argument serves both: a function that carries the options. `wishes` are the options
  // of authorize; login gets none, because with a scope it would open a dialog as well.
  function callForms(api, callback, handlers, wishes) {
    const options = Object.assign({}, handlers, wishes);
    const rest = wishes ? [wishes] : [];
    if (config.callStyle === 'options') return [[options]];
    if (config.callStyle === 'callback') return [[callback, ...rest]];
    const signs = ['.success.code', '.object.success', '.object.scope'];
    if (signs.some((sign) => canIUse(api.name + sign) === true)) {
      return [[options], [callback, ...rest]];
    }
    return [[Object.assign((answer) => callback(answer), options), ...rest], [options]];
  }

  // A second call wastes the first code and may leave a call open, so there is none unless
  // the first one threw before it could answer.
  function callSdk(api, forms, settle, isSettled) {
    const form = forms.shift();
    try {
      const returned = api.call(...form);
      if (returned && typeof returned.then === 'function') {
        returned.then((answer) => saysSomething(answer) && settle(bareOrJudge(api, answer)),
          (error) => settle(refused(api, error)));
      }
    } catch (error) {
      if (forms.length && !isSettled()) callSdk(api, forms, settle, isSettled);
      else settle(refused(api, error));
    }
  }

  // Resolves to a code and what came with it. Whatever follows the first answer is ignored.
  function askSdk(api, { wishes, signal }) {
    return new Promise((resolve, reject) => {
      let settled = false;
      const settle = (outcome) => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      const timer = setTimeout(() => settle(failure('sdk_timeout')), api.timeout());
      if (signal) signal.addEventListener('abort', () => settle(failure('cancelled')));
      const handlers = {
        success: (answer) => settle(bareOrJudge(api, answer)),
        fail: (answer) => settle(refused(api, answer)),
        // Nothing says that `complete` comes last, so success gets a moment more.
        complete: (answer) => setTimeout(() => settle(judge(api, answer)), COMPLETE_GRACE_MS),
      };
      const forms = callForms(api, (answer) => settle(judge(api, answer)), handlers, wishes);
      callSdk(api, forms, settle, () => settled);
    });
  }

  // ------------------------------------------------------------ our server

  // A redirect would carry our header along to wherever it leads, so none is followed.
  function manner() {
    return byToken()
      ? { mode: 'cors', credentials: 'omit', redirect: 'error', cache: 'no-store' }
      : { mode: 'same-origin', credentials: 'same-origin' };
  }

  function ownHeaders() {
    return byToken() ? tokenHeader({ forAllauth: true }) : { 'X-CSRFToken': presentCsrfToken() };
  }

  // A code goes to no other origin than the site's, or in token mode than the one that the
  // export named, and an attacker's <base href> moves no address. Throws where the page has no
  // configuration at all.
  function ourAddress(url) {
    const address = isConfigured && new URL(url, location.href);
    if (!address || address.origin !== serverOrigin()) throw failure('not_configured');
    return address.href;
  }

  // A dead connection must not hold the shared login for ever, nor one that dies in the middle
  // of the answer: so the timer runs on. To abort what is over does nothing.
  async function reach(url, { method, body, headers, keepalive }) {
    const address = ourAddress(url);
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), SERVER_TIMEOUT_MS);
    const options = { method, body, keepalive, signal: control.signal };
    options.headers = Object.assign({ Accept: 'application/json' }, ownHeaders(), headers);
    try {
      return await window.fetch(address, Object.assign(options, manner()));
    } catch (error) {
      clearTimeout(timer);
      throw failure('network');
    }
  }

  function sendJson(url, content, others) {
    const headers = Object.assign({ 'Content-Type': 'application/json' }, others);
    return reach(url, { method: 'POST', body: JSON.stringify(content), headers });
  }

  async function readJson(response) {
    try {
      return (await response.json()) || {};
    } catch (error) {
      throw failure('network', factsOf(response));
    }
  }

  // When a busy server, or a proxy before it, wants to be asked again: seconds or a date.
  function secondsIn(text) {
    if (/^\d+$/.test(text)) return Number(text);
    return / GMT$/.test(text) ? Math.ceil((Date.parse(text) - Date.now()) / 1000) : NaN;
  }

  function factsOf({ status, headers }) {
    const seconds = secondsIn(headers.get('Retry-After') || '');
    const isBusy = [429, 503].includes(status) && !Number.isNaN(seconds);
    return { status, retryAfter: isBusy ? Math.max(1, seconds) : undefined };
  }

  // allauth names every way in as well; what was begun is what counts.
  function openSteps(flows) {
    const begun = flows.filter((each) => each.is_pending);
    return begun.length ? begun : flows;
  }

  function serverFailure(response, answer) {
    const facts = factsOf(response);
    const flows = answer.data && answer.data.flows;
    if (flows) return failure('pending', Object.assign(facts, { flows: openSteps(flows) }));
    const error = (answer.errors && answer.errors[0]) || {};
    const { message, param } = error;
    return failure(error.code || 'network', Object.assign(facts, { message, param }));
  }

  async function sendCode(code, process) {
    // Consent leaves the person where they are.
    const next = (process !== 'authorize' && config.next) || undefined;
    const body = { code, client_key: config.clientKey, process, next };
    const response = await sendJson(config.loginUrl, body, guardOf(process));
    if (response.status === GONE) {
      keep(session, NO_TOKENS);
      throw failure('network', { status: GONE });
    }
    const answer = await readJson(response);
    const meta = answer.meta || {};
    // The one in the page is dead after a login, and was before if this is a refusal.
    if (meta.csrf_token) keepCsrfToken(meta.csrf_token);
    takeTokens(meta);
    if (response.ok && answer.data && answer.data.user) return answer;
    throw serverFailure(response, answer);
  }

  // A login makes the session that of whoever the code belongs to. To connect writes into the
  // session as it is: not into that of somebody who has logged in elsewhere since.
  function guardOf(process) {
    const writes = process === 'connect' && !byToken();
    return writes ? { 'X-CSRFToken': csrfTokenToWrite() } : {};
  }

  // Settles when no code is on its way to the server, and the page knows whose it was.
  let exchanged = Promise.resolve();

  function exchange(code, task) {
    exchanged = task.over;
    return sendCode(code, task.process);
  }

  // ----------------------------------------------------------------- verbs

  let flight = null;
  // Settles when no login is under way; a consent dialog does not count.
  let arrived = Promise.resolve();
  let lastCode = '';
  // Ends the consent dialogs of this page, as far as we listen to them.
  let departure = new AbortController();

  // A code works once, so one that was sent before is as good as rejected.
  async function freshGrant(api, task) {
    if (task.signal && task.signal.aborted) throw failure('cancelled');
    const grant = await askSdk(api, task);
    if (grant.code === lastCode) throw failure('code_rejected');
    lastCode = grant.code;
    return grant;
  }

  async function redeem(api, task) {
    const { code, grantedScopes } = await freshGrant(api, task);
    // By its cookie, a logout may be on its way already, in a page that is being left.
    if (task.silent && isLoggedOut()) throw failure('cancelled');
    const answer = exchange(code, task).catch((error) => {
      // A dead token was turned away before anybody looked at the code. The person has
      // answered, and is not asked again because of a session of ours.
      const answered = api.asksThePerson && error.status === GONE;
      // Nor at the code of a page whose CSRF token was outdated; it has the present one now.
      const outdated = error.code === 'csrf_failed' && task.process !== 'connect';
      if (answered || outdated) return exchange(code, task);
      throw error;
    });
    return Object.assign(await answer, { grantedScopes });
  }

  // A rejected code, a race with another page, a dead token that is dropped by now: over
  // with a new code. But nobody is asked for consent twice by one press.
  async function attempt(task) {
    const api = task.process === 'authorize' ? AUTHORIZE : LOGIN;
    await prepareSdk(api);
    try {
      return await redeem(api, task);
    } catch (error) {
      const again = ['code_rejected', 'login_again'].includes(error.code);
      const curable = again || error.status === GONE;
      if (api.asksThePerson || !curable) throw error;
      return redeem(api, task);
    }
  }

  function newcomer() {
    const [then, whom] = (recall('sessionStorage', newcomerKey()) || '').split(/ (.*)/);
    return { then: Number(then), whom };
  }

  function isReload() {
    const [entry] = performance.getEntriesByType('navigation');
    return Boolean(entry) && entry.type === 'reload';
  }

  // A browser may drop the session cookie, a project hide a user from its own pages, a cache
  // keep a page. The next page is then rendered for nobody, or for another user, and logs the
  // same person in: it would be reloaded or sent on for ever. Where no storage tells what the
  // page before did, a silent login on a page that was reloaded counts as the second.
  function isLost(userId, silent) {
    const { then, whom } = newcomer();
    remember('sessionStorage', newcomerKey(), `${Date.now()} ${userId}`);
    if (!isStored('sessionStorage', newcomerKey())) return silent && isReload();
    return whom === userId && born >= then && born - then < LOST_MS;
  }

  function arrive(answer, { process, silent }) {
    const { user, ttminis } = answer.data;
    const userId = String(user.id);
    const detail = { user, ttminis, changed: userId !== session.userId };
    if (detail.changed && isLost(userId, silent)) {
      keep(session, NO_TOKENS);
      throw failure('session_lost');
    }
    if (answer.grantedScopes) detail.grantedScopes = answer.grantedScopes;
    become({ userId, user, ttminis, error: null }, tokens);
    emit(process === 'authorize' ? 'authorize' : 'login', detail);
    return { detail, next: answer.meta && answer.meta.next };
  }

  async function run(task) {
    const { process, silent } = task;
    try {
      return arrive(await attempt(task), task);
    } catch (error) {
      const { code, message, status, retryAfter, param, flows, sdkCode, sdkMessage } = error;
      const facts = { code, message, status, retryAfter, param, flows, sdkCode, sdkMessage };
      const detail = Object.assign(facts, { process, silent });
      keep(Object.assign({}, session, { error: detail }), tokens);
      emit('error', detail);
      throw error;
    }
  }

  // Everyone who wants the same thing at the same time shares one call of the SDK;
  // who wants another waits, because two open logins could land in either order.
  function share(process, silent, wishes) {
    const key = JSON.stringify([process, wishes]);
    if (flight && flight.key === key) return flight.promise;
    const before = flight ? settled(flight.promise) : Promise.resolve();
    // Only a consent is given up at a logout; a login is over in a moment anyway.
    const task = { process, silent, wishes, signal: wishes && departure.signal };
    const mine = { key, process, promise: before.then(() => run(task)) };
    flight = mine;
    task.over = settled(mine.promise);
    if (process !== 'authorize') arrived = task.over;
    task.over.then(() => {
      if (flight === mine) flight = null;
    });
    return mine.promise;
  }

  function go(url) {
    const target = new URL(url, location.href);
    if (/^https?:$/.test(target.protocol)) location.assign(target.href);
  }

  // Without storage, the next page would not know that a login sent the person there (see
  // `isLost`), nor its token, and log in and go on again.
  function goSilently(url) {
    if (isStored('sessionStorage', newcomerKey())) go(url);
  }

  async function logInSilently() {
    const { detail, next } = await share('login', true);
    // Only where the server found `next` safe does it come back.
    if (next && detail.changed) goSilently(next);
    return detail;
  }

  async function logInByAct(process) {
    await started;
    const before = departures;
    try {
      const { detail, next } = await share(process, false);
      if (before !== departures) return detail;
      forgetLogout();
      reloginsLeft = RELOGIN_BUDGET;
      if (next) go(next);
      return detail;
    } catch (error) {
      forgetLogoutIfPending(error, before);
      const step = error.code === 'pending' && error.flows[0];
      if (step && step.url && config.next) go(step.url);
      throw error;
    }
  }

  // Only ever by a person's act: TikTok opens a dialog. The page stays where it is.
  async function authorize(wanted) {
    const { scope, returnScopes } = wanted || {};
    const wishes = { scope: String(scope || DEFAULT_SCOPE), returnScopes: Boolean(returnScopes) };
    await started;
    const before = departures;
    try {
      const { detail } = await share('authorize', false, wishes);
      if (before === departures) forgetLogout();
      return detail;
    } catch (error) {
      forgetLogoutIfPending(error, before);
      throw error;
    }
  }

  // They have acted; after the step that remains, they are in.
  function forgetLogoutIfPending(error, before) {
    if (error.code === 'pending' && before === departures) forgetLogout();
  }

  // Waits for a login under way: it would otherwise land after the logout. A consent dialog
  // may stand open for minutes and is not waited for; what it says afterwards is ignored.
  async function endLogins() {
    rememberLogout();
    departure.abort();
    departure = new AbortController();
    if (flight) await settled(flight.promise);
  }

  async function logout() {
    await started;
    await endLogins();
    await (byToken() ? endTokenSession() : endCookieSession());
  }

  async function endCookieSession() {
    // The header makes allauth answer with JSON in place of a redirect to some page.
    const headers = {
      'Content-Type': 'application/x-www-form-urlencoded',
      'X-Requested-With': 'XMLHttpRequest',
    };
    const post = () => reach(config.logoutUrl, { method: 'POST', body: '', headers });
    let response = await post();
    if (response.status === 403 && (await learnCsrfToken())) response = await post();
    if (!response.ok) throw failure('network', { status: response.status });
    become(NOBODY, NO_TOKENS);
    emit('logout', {});
  }

  // Where no script can read the cookie, our own server says what the token is, to whoever
  // comes with an old one. Resolves to whether there is another.
  async function learnCsrfToken() {
    const { meta } = await readJson(await sendJson(config.loginUrl, {}));
    if (meta) keepCsrfToken(meta.csrf_token);
    return Boolean(meta);
  }

  // Whatever becomes of the request: without the token, this page is out.
  async function endTokenSession() {
    const headers = tokenHeader({ forAllauth: true });
    become(NOBODY, NO_TOKENS);
    try {
      await endOnServer(headers);
    } finally {
      emit('logout', {});
    }
  }

  async function endOnServer(headers) {
    if (!headers['X-Session-Token']) return;
    // The page may be on its way elsewhere, hence keepalive.
    const options = { method: 'DELETE', headers, keepalive: true };
    const { status } = await reach(config.logoutUrl, options);
    // allauth says "nobody is logged in" where it worked, and GONE where nothing was left.
    if (![200, 401, GONE].includes(status)) throw failure('network', { status });
  }

  // ----------------------------------------------------------------- fetch

  let reloginsLeft = RELOGIN_BUDGET;

  const isWrite = (request) => !SAFE_METHODS.includes(request.method);

  // A redirect would carry the header along to another origin; mode "same-origin" makes
  // that redirect fail instead.
  function withCsrf(request) {
    if (!isWrite(request)) return request;
    const headers = new Headers(request.headers);
    headers.set('X-CSRFToken', csrfTokenToWrite());
    return new Request(request, { headers, mode: 'same-origin' });
  }

  // Here any redirect fails: a browser takes our header along wherever it leads.
  function withToken(request) {
    const headers = new Headers(request.headers);
    const ours = tokenHeader({ forAllauth: isForAllauth(request) });
    Object.keys(ours).forEach((name) => headers.set(name, ours[name]));
    const redirect = request.redirect === 'manual' ? 'manual' : 'error';
    return new Request(request, { headers, redirect, mode: 'cors', credentials: 'omit' });
  }

  function isForAllauth(request) {
    return request.url.startsWith(new URL('..', config.sessionUrl).href);
  }

  const underWay = new Set();

  function sendByCookie(request) {
    const answer = window.fetch(withCsrf(request));
    const end = settled(answer);
    underWay.add(end);
    end.then(() => underWay.delete(end));
    return answer;
  }

  // Django takes the cookie of a dead session away with each answer. One that came after
  // the login would take the new one.
  async function awaitStragglers() {
    await Promise.race([Promise.all([...underWay]), pause(STRAGGLER_MS)]);
  }

  // Sends a copy, so that the request can be sent again.
  async function send(request) {
    if (!byToken()) return sendByCookie(request.clone());
    const before = epoch;
    const response = await window.fetch(withToken(request.clone()));
    if (isForAllauth(request) && before === epoch) {
      // A pending step that the page takes there ends in a new token.
      const { meta } = await readJson(response.clone()).catch(() => ({}));
      takeTokens(meta || {});
    }
    return response;
  }

  // A login that lands in between changes Django's CSRF token. Its answer brings the new one,
  // and after a login elsewhere, a login of our own says whether it is still the same person.
  async function sendWithFreshCsrf(request, author) {
    const before = csrfTokenToWrite();
    const response = await send(request);
    if (response.status !== 403) return response;
    await exchanged;
    if (author && isCsrfTokenOutdated()) await settled(logInAgain());
    return before === csrfTokenToWrite() || !isStill(author) ? response : send(request);
  }

  // Whether the answer may mean that nobody is logged in. DRF says 403 for that, too, and
  // allauth says 410. To its own endpoints, 401 is an answer and names the way in.
  function isDoubtful(request, { status }, asked) {
    if (!byToken()) return status === 401;
    if (status === GONE) return Boolean(asked.token);
    return (status === 401 || status === 403) && !isForAllauth(request);
  }

  // A 403 or 410 may well be meant. So allauth is asked, once for all who wonder.
  const isSessionDead = single(async () => {
    const before = epoch;
    if (!tokens.session) return true;
    const response = await reach(config.sessionUrl, { method: 'GET' });
    if (response.status !== 401 && response.status !== GONE) return false;
    if (response.status === GONE && before === epoch) keep(session, NO_TOKENS);
    const { data } = await readJson(response);
    // Whoever stands before a further step is not sent back to the start.
    return !(data && data.flows && data.flows.some((each) => each.is_pending));
  });

  // Resolves to whether there is a new access token. After a refusal the session is given
  // up as well: a login of the same person within it would bring none.
  const refreshAccess = single(async () => {
    if (reloginsLeft === 0) return false;
    reloginsLeft -= 1;
    const before = epoch;
    const response = await sendJson(config.refreshUrl, { refresh_token: tokens.refresh });
    if (response.status === 429 || response.status >= 500) throw failure('network');
    const { data } = await readJson(response);
    if (before !== epoch) return true;
    const { access_token: access, refresh_token: refresh } = (response.ok && data) || {};
    if (access) become(session, tokensFrom(tokens.session, access, refresh || tokens.refresh));
    else keep(session, NO_TOKENS);
    return Boolean(access);
  });

  const logInAgain = single(async () => {
    if (reloginsLeft === 0 || isLoggedOut()) return false;
    reloginsLeft -= 1;
    await awaitStragglers();
    if (isLoggedOut()) return false;
    await logInSilently();
    return true;
  });

  // Resolves to whether something has changed since, so that it makes sense to ask again.
  async function renew(status, asked) {
    if (asked.epoch !== epoch) return true;
    if (status === 401 && tokens.refresh && (await refreshAccess())) return true;
    if (byToken() && !(await isSessionDead())) return false;
    return asked.epoch !== epoch || logInAgain();
  }

  // What one person wrote must not be sent under the name of the next.
  const isStill = (author) => author === null || author === session.userId;

  async function mayRepeat(status, asked) {
    const renewed = await renew(status, asked).catch(() => false);
    return renewed && isStill(asked.author);
  }

  // In token mode a path is one of the server's: there is nothing else to ask it for.
  function addressOf(input) {
    const isPath = typeof input === 'string' && /^\/(?!\/)/.test(input);
    return byToken() && isPath ? config.apiBase + input : input;
  }

  async function fetchAsUser(input, init) {
    const author = session.userId;
    await started;
    const request = new Request(addressOf(input), init);
    if (new URL(request.url).origin !== serverOrigin()) return window.fetch(request);
    // Until the login is over, the token may be missing, or that of another account. By
    // cookie, only the moment counts in which Django changes the CSRF token.
    await (byToken() ? arrived : isWrite(request) && exchanged);
    if (isWrite(request) && !isStill(author)) throw failure('cancelled');
    const asked = { epoch, author: session.userId, token: tokens.session };
    const first = await (byToken() ? send(request) : sendWithFreshCsrf(request, author));
    if (!isDoubtful(request, first, asked) || !(await mayRepeat(first.status, asked))) return first;
    const second = await send(request);
    if (!isDoubtful(request, second, asked)) reloginsLeft = RELOGIN_BUDGET;
    return second;
  }

  // --------------------------------------------------------------- buttons

  function say(button, text) {
    const status = button.nextElementSibling;
    if (status && matches(status, '[role="status"]')) status.textContent = text || '';
  }

  // aria-disabled and not `disabled`: that would take the keyboard focus away.
  function setBusy(button, busy) {
    button.setAttribute('aria-busy', String(busy));
    button.setAttribute('aria-disabled', String(busy));
  }

  // Does what the button is for and resolves to the name of the message about it.
  async function act({ ttminis: process, scope, returnScopes }) {
    if (process !== 'authorize') return logInByAct(process).then(() => process);
    const detail = await authorize({ scope, returnScopes: returnScopes === 'true' });
    return detail.ttminis.profile_pending ? 'profile_pending' : process;
  }

  async function press(button) {
    if (button.getAttribute('aria-busy') === 'true') return;
    setBusy(button, true);
    say(button, config.messages.busy);
    try {
      const outcome = await act(button.dataset);
      say(button, config.messages[outcome]);
    } catch (error) {
      say(button, error.message);
    }
    setBusy(button, false);
  }

  function onClick(event) {
    // Only a real button: sanitisers that let data attributes through take buttons away.
    const button = closest(event, 'button[data-ttminis]');
    if (button && ['login', 'connect', 'authorize'].includes(button.dataset.ttminis)) press(button);
  }

  function onClickThrough(event) {
    const link = closest(event, 'a[data-ttminis-logout], button[data-ttminis-logout]');
    if (link && !event.defaultPrevented) leave();
  }

  // The link or form does the rest, as far as a cookie is concerned.
  function leave() {
    // Of which app is not known before; and nobody has been logged in by this page yet.
    if (!isConfigured) return;
    rememberLogout();
    if (byToken()) settled(logout());
  }

  // allauth's own logout form is known by its address; others carry the mark.
  function isLogoutForm(form) {
    const action = new URL(attribute(form, 'action'), location.href);
    const ours = action.href === new URL(config.logoutUrl, location.href).href;
    const isPost = attribute(form, 'method').toLowerCase() === 'post';
    return matches(form, '[data-ttminis-logout]') || (ours && isPost);
  }

  function onSubmit(event) {
    if (!event.defaultPrevented && isLogoutForm(event.target)) leave();
  }

  // -------------------------------------------------------------- pictures

  // TikTok's addresses of pictures are signed and dead within hours. The initial stands
  // ready beside the picture.
  function replacePicture(picture) {
    picture.hidden = true;
    if (picture.nextElementSibling) picture.nextElementSibling.hidden = false;
  }

  // `error` does not bubble, so it is caught on its way down; no handler has to stand in
  // the page, where a Content-Security-Policy would forbid it.
  const AVATAR = '[data-ttminis-avatar] > img';
  onDocument('error', ({ target }) => {
    if (target instanceof Element && matches(target, AVATAR)) replacePicture(target);
  }, true);

  function replaceDeadPictures() {
    queryAll(AVATAR)
      .filter((each) => each.complete && each.naturalWidth === 0)
      .forEach(replacePicture);
  }

  // ----------------------------------------------------------------- start

  let isConfigured = false;

  // Not any element with this id: the tag writes it right before this file, and an attacker
  // who could write a script that runs would need none. A bundle that brings this file too
  // finds the same element when all of the page is there.
  const CONFIG = 'script[type="application/json"]#ttminis-auth-config';
  const FILE = 'script[src*="ttminis-auth."]:not([type])';

  function configElement() {
    const file = queryAll(`${CONFIG} + ${FILE}`).find(isScript);
    return file && file.previousElementSibling;
  }

  function configure() {
    const element = configElement();
    if (isConfigured || !element) return;
    isConfigured = true;
    config = JSON.parse(element.textContent);
    keepCsrfToken(config.csrfToken);
    session = Object.freeze(Object.assign({}, NOBODY, { userId: config.userId || null }));
    if (byToken()) recallTokens();
    isLogoutKnown = isLoggedOut();
    dropAfterLogout();
    if (newcomer().whom === session.userId) remember('sessionStorage', newcomerKey(), '');
  }

  // A logout in another tab ends what this tab has kept.
  function dropAfterLogout() {
    if (!byToken() || !isLoggedOut()) return;
    const headers = tokenHeader({ forAllauth: true });
    keep(NOBODY, NO_TOKENS);
    settled(endOnServer(headers));
  }

  let delaysLeft = DELAYS;
  // The epoch in which a silent login was put off.
  let delayedIn = null;

  async function logInUnasked() {
    if (!config.silent || isLoggedOut() || delayedIn === epoch) return;
    await logInSilently().catch(comeBackLater);
  }

  // The server turned many pages away in the same moment and told each the same time. If all
  // came back then, it would turn them away again: so each adds a random part, which grows.
  function comeBackLater({ retryAfter }) {
    if (delaysLeft === 0 || !(retryAfter <= LONGEST_DELAY_S)) return;
    const spread = Math.random() * 2 ** (DELAYS - delaysLeft);
    const mine = epoch;
    delaysLeft -= 1;
    delayedIn = mine;
    setTimeout(() => {
      // The visitor has pressed the button meanwhile, or has logged out.
      if (mine !== epoch) return;
      delayedIn = null;
      logInUnasked();
    }, retryAfter * 1000 * (1 + spread));
  }

  // TikTok's consent dialog may send the page away and back; its answer tells as much.
  function logInOnReturn() {
    if (!flight || flight.process !== 'authorize') logInUnasked();
  }

  // Somebody may have changed the account in TikTok's own screens meanwhile.
  function watchForReturn() {
    if (!config.silent || typeof window.TTMinis.on !== 'function') return;
    try {
      window.TTMinis.on('minis.show', logInOnReturn);
    } catch (error) {
      // Then a change is noticed when the page is loaded next.
    }
  }

  // A browser keeps a page as it was and shows it again at "back". Whoever has logged in or
  // out on another page of the site since is not in it.
  function onShow(event) {
    if (!event.persisted || !isConfigured) return;
    if (isLoggedOut()) forgetWhoLeft();
    // A login that was under way when the page was left may have come to nothing.
    else if (flight) settled(flight.promise).then(logInOnReturn);
    else logInOnReturn();
  }

  async function forgetWhoLeft() {
    if (isLogoutKnown) return;
    await endLogins();
    if (!session.userId && !tokens.session) return;
    dropAfterLogout();
    become(NOBODY, NO_TOKENS);
    emit('logout', {});
  }

  async function start() {
    configure();
    replaceDeadPictures();
    // Each login prepares the SDK for itself and reports what failed.
    if (isConfigured) settled(prepareSdk(LOGIN).then(watchForReturn));
    await logInUnasked();
    await heard;
    return session;
  }

  // Nobody waits for the end of the page to press a button of it, so the tag loads this
  // file without `defer`: while it is under way, there is no button yet. Listening on the
  // document serves those that the page adds later; what the page's own listeners there
  // have cancelled is known at the window.
  onDocument('click', onClick);
  window.addEventListener('click', onClickThrough);
  window.addEventListener('submit', onSubmit);
  window.addEventListener('pageshow', onShow);

  // The tag writes the configuration before this file; a page with a bundle may not.
  configure();

  // When all of the page has been parsed, whatever other scripts are still awaited.
  const started = new Promise((resolve) => {
    const look = () => ofDocument('readyState') === 'loading' || setTimeout(resolve);
    onDocument('readystatechange', look);
    look();
  });

  // A login may be quicker than the page's own deferred scripts and modules, which have run
  // at DOMContentLoaded, or begin to listen then. A script that never comes is not one that
  // everybody else has to wait for.
  const heard = new Promise((resolve) => {
    const look = () => ofDocument('readyState') === 'complete' && setTimeout(resolve);
    onDocument('DOMContentLoaded', () => setTimeout(resolve));
    onDocument('readystatechange', look);
    look();
    started.then(() => setTimeout(resolve, LISTENER_MS));
  });
  // First in line: whoever else waits for `started` finds the page's own login under way.
  const ready = started.then(start);

  window.TTMinisAuth = Object.freeze({
    ready,
    get session() {
      return session;
    },
    login: () => logInByAct('login'),
    authorize,
    connect: () => logInByAct('connect'),
    switchAccount: () => logInByAct('switch'),
    logout,
    fetch: fetchAsUser,
  });
})();
