/*
 * Logs the page in through TTMinis.login(, asks for name and picture through
 * TTMinis.authorize( and says so with DOM events.
 *
 *   window.TTMinisAuth   ready, session, login(), authorize(), connect(), switchAccount(),
 *                        logout(), fetch()
 *   events on document   ttminis:login, ttminis:authorize, ttminis:error, ttminis:logout
 *
 * Types and promises: ttminis-auth.d.ts. Configuration: the JSON in #ttminis-auth-config,
 * written by {% ttminis_sdk %}. No dependency, no build step, ES2017. Writes nothing to
 * the console and navigates only where `next` was asked for.
 */
(function () {
  'use strict';
  // A page may load this file by the tag and again inside its own bundle.
  if (window.TTMinisAuth) return;

  const POLL_MS = 50;
  const COMPLETE_GRACE_MS = 300;
  const SERVER_TIMEOUT_MS = 30000;
  // A person reads the consent dialog; only one that is lost takes longer than this.
  const CONSENT_TIMEOUT_MS = 300000;
  const DEFAULT_SCOPE = 'user.info.basic';
  const RELOGIN_BUDGET = 3;
  const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

  const born = Date.now();
  let config = { messages: {}, sdkTimeout: 10000, userId: null };
  let csrfToken = '';
  let session = Object.freeze({ userId: null, user: null, ttminis: null });

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
    document.dispatchEvent(new CustomEvent('ttminis:' + name, { detail }));
  }

  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  // ------------------------------------- what outlives the page: a logout

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
    memory[key] = value;
    try {
      if (value) window[area].setItem(key, value);
      else window[area].removeItem(key);
    } catch (blocked) {
      // The copy in memory has to do.
    }
  }

  // TikTok has no logout: without this mark, the next silent login would bring
  // back the person who just left. It is kept per app, like the login itself.
  const logoutKey = () => 'ttminis-auth:logged-out:' + config.clientKey;
  const isLoggedOut = () => Boolean(recall('localStorage', logoutKey()));
  const rememberLogout = () => remember('localStorage', logoutKey(), '1');
  const forgetLogout = () => remember('localStorage', logoutKey(), '');

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

  function sdkIsThere() {
    const sdk = window.TTMinis;
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
    if (initialised || document.querySelector('[data-ttminis-init="done"]')) return;
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

  // A dead connection must not hold the shared login for ever.
  async function reach(url, body, headers) {
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), SERVER_TIMEOUT_MS);
    try {
      return await window.fetch(url, {
        method: 'POST',
        credentials: 'same-origin',
        mode: 'same-origin',
        headers: Object.assign({ 'X-CSRFToken': csrfToken, Accept: 'application/json' }, headers),
        body,
        signal: control.signal,
      });
    } catch (error) {
      throw failure('network');
    } finally {
      clearTimeout(timer);
    }
  }

  async function readJson(response) {
    try {
      return (await response.json()) || {};
    } catch (error) {
      throw failure('network', { status: response.status });
    }
  }

  function serverFailure(status, answer) {
    const flows = answer.data && answer.data.flows;
    if (flows) return failure('pending', { status, flows });
    const error = (answer.errors && answer.errors[0]) || {};
    const { message, param } = error;
    return failure(error.code || 'network', { status, message, param });
  }

  async function exchange(code, process) {
    // Consent leaves the person where they are.
    const next = (process !== 'authorize' && config.next) || undefined;
    const body = { code, client_key: config.clientKey, process, next };
    const response = await reach(config.loginUrl, JSON.stringify(body), {
      'Content-Type': 'application/json',
    });
    const answer = await readJson(response);
    // Django changes the token at every login: the one in the page is dead by now.
    if (answer.meta && answer.meta.csrf_token) csrfToken = answer.meta.csrf_token;
    if (response.ok && answer.data && answer.data.user) return answer;
    throw serverFailure(response.status, answer);
  }

  // ----------------------------------------------------------------- verbs

  let flight = null;
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
    return Object.assign(await exchange(code, task.process), { grantedScopes });
  }

  // A rejected code, or a race with another page, is over with a new code. But nobody is
  // asked for consent twice by one press.
  async function attempt(task) {
    const api = task.process === 'authorize' ? AUTHORIZE : LOGIN;
    await prepareSdk(api);
    try {
      return await redeem(api, task);
    } catch (error) {
      const curable = ['code_rejected', 'login_again'].includes(error.code);
      if (api.asksThePerson || !curable) throw error;
      return redeem(api, task);
    }
  }

  function arrive(answer, process) {
    const { user, ttminis } = answer.data;
    const userId = String(user.id);
    const detail = { user, ttminis, changed: userId !== session.userId };
    if (answer.grantedScopes) detail.grantedScopes = answer.grantedScopes;
    session = Object.freeze({ userId, user, ttminis });
    emit(process === 'authorize' ? 'authorize' : 'login', detail);
    return { detail, next: answer.meta && answer.meta.next };
  }

  async function run(task) {
    const { process, silent } = task;
    try {
      return arrive(await attempt(task), process);
    } catch (error) {
      const { code, message, status, param, flows, sdkCode, sdkMessage } = error;
      emit('error', { code, message, status, param, flows, sdkCode, sdkMessage, process, silent });
      throw error;
    }
  }

  const settled = (promise) => promise.then(() => undefined, () => undefined);

  // Everyone who wants the same thing at the same time shares one call of the SDK;
  // who wants another waits, because two open logins could land in either order.
  function share(process, silent, wishes) {
    const key = JSON.stringify([process, wishes]);
    if (flight && flight.key === key) return flight.promise;
    const before = flight ? settled(flight.promise) : started;
    // Only a consent is given up at a logout; a login is over in a moment anyway.
    const task = { process, silent, wishes, signal: wishes && departure.signal };
    const mine = { key, process, promise: before.then(() => run(task)) };
    flight = mine;
    settled(mine.promise).then(() => {
      if (flight === mine) flight = null;
    });
    return mine.promise;
  }

  function go(url) {
    const target = new URL(url, location.href);
    if (/^https?:$/.test(target.protocol)) location.assign(target.href);
  }

  // A browser that drops the session cookie would be logged in, sent on and logged in again
  // for ever. So a silent login sends the same person on once; a page that was then rendered
  // for this person (see `start`) makes room for the next time.
  function goSilently(url) {
    if (recall('sessionStorage', 'ttminis-auth:sent') === session.userId) return;
    remember('sessionStorage', 'ttminis-auth:sent', session.userId);
    go(url);
  }

  async function logInSilently() {
    const arrived = await share('login', true);
    // Only where the server found `next` safe does it come back.
    if (arrived.next && arrived.detail.changed) goSilently(arrived.next);
    return arrived.detail;
  }

  async function logInByAct(process) {
    try {
      const arrived = await share(process, false);
      forgetLogout();
      if (arrived.next) go(arrived.next);
      return arrived.detail;
    } catch (error) {
      const step = error.code === 'pending' && error.flows[0];
      if (step && step.url && config.next) go(step.url);
      throw error;
    }
  }

  // Only ever by a person's act: TikTok opens a dialog. The page stays where it is.
  async function authorize(wanted) {
    const { scope, returnScopes } = wanted || {};
    const wishes = { scope: String(scope || DEFAULT_SCOPE), returnScopes: Boolean(returnScopes) };
    const arrived = await share('authorize', false, wishes);
    forgetLogout();
    return arrived.detail;
  }

  // Waits for a login under way: it would otherwise land after the logout. A consent dialog
  // may stand open for minutes and is not waited for; what it says afterwards is ignored.
  async function logout() {
    await started;
    rememberLogout();
    departure.abort();
    departure = new AbortController();
    if (flight) await settled(flight.promise);
    // The header makes allauth answer with JSON in place of a redirect to some page.
    const response = await reach(config.logoutUrl, '', {
      'Content-Type': 'application/x-www-form-urlencoded',
      'X-Requested-With': 'XMLHttpRequest',
    });
    if (!response.ok) throw failure('network', { status: response.status });
    session = Object.freeze({ userId: null, user: null, ttminis: null });
    emit('logout', {});
  }

  // ----------------------------------------------------------------- fetch

  let relogin = null;
  let reloginsLeft = RELOGIN_BUDGET;

  // A redirect would carry the header along to another origin; mode "same-origin" makes
  // that redirect fail instead.
  function withCsrf(request) {
    if (SAFE_METHODS.includes(request.method)) return request;
    const headers = new Headers(request.headers);
    headers.set('X-CSRFToken', csrfToken);
    return new Request(request, { headers, mode: 'same-origin' });
  }

  // Resolves to whether the same person is logged in again. What one person wrote
  // must not be sent under the name of the next.
  async function logInAgain() {
    const before = session.userId;
    if (!relogin) {
      if (reloginsLeft === 0 || isLoggedOut()) return false;
      reloginsLeft -= 1;
      relogin = logInSilently();
      settled(relogin).then(() => {
        relogin = null;
      });
    }
    await settled(relogin);
    return session.userId !== null && (before === null || before === session.userId);
  }

  async function fetchAsUser(input, init) {
    await started;
    const request = new Request(input, init);
    if (new URL(request.url).origin !== location.origin) return window.fetch(request);
    const again = request.clone();
    const response = await window.fetch(withCsrf(request));
    if (response.status !== 401 || !(await logInAgain())) return response;
    const second = await window.fetch(withCsrf(again));
    if (second.status !== 401) reloginsLeft = RELOGIN_BUDGET;
    return second;
  }

  // --------------------------------------------------------------- buttons

  function say(button, text) {
    const status = button.nextElementSibling;
    if (status && status.matches('[role="status"]')) status.textContent = text || '';
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
      say(button, config.messages[await act(button.dataset)]);
    } catch (error) {
      say(button, error.message);
    }
    setBusy(button, false);
  }

  // Listening on the document serves buttons that the page adds later.
  function onClick(event) {
    const button = event.target.closest('[data-ttminis]');
    if (button && ['login', 'connect', 'authorize'].includes(button.dataset.ttminis)) press(button);
    const link = event.target.closest('a[data-ttminis-logout], button[data-ttminis-logout]');
    if (link && !event.defaultPrevented) rememberLogout();
  }

  // allauth's own logout form is known by its address; others carry the mark.
  function isLogoutForm(form) {
    const action = new URL(form.getAttribute('action') || '', location.href);
    const ours = action.href === new URL(config.logoutUrl, location.href).href;
    return form.matches('[data-ttminis-logout]') || (ours && form.method === 'post');
  }

  function onSubmit(event) {
    if (!event.defaultPrevented && isLogoutForm(event.target)) rememberLogout();
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
  document.addEventListener('error', ({ target }) => {
    if (target instanceof Element && target.matches(AVATAR)) replacePicture(target);
  }, true);

  function replaceDeadPictures() {
    [...document.querySelectorAll(AVATAR)]
      .filter((each) => each.complete && each.naturalWidth === 0)
      .forEach(replacePicture);
  }

  // ----------------------------------------------------------------- start

  function readConfig() {
    const element = document.getElementById('ttminis-auth-config');
    if (element) config = JSON.parse(element.textContent);
    csrfToken = config.csrfToken || '';
    session = Object.freeze({ userId: config.userId, user: null, ttminis: null });
    if (config.userId) remember('sessionStorage', 'ttminis-auth:sent', '');
  }

  async function logInUnasked() {
    if (config.silent && !isLoggedOut()) await settled(logInSilently());
  }

  // Somebody may have changed the account in TikTok's own screens meanwhile.
  function watchForReturn() {
    if (!config.silent || typeof window.TTMinis.on !== 'function') return;
    try {
      // TikTok's consent dialog may send the page away and back; its answer tells as much.
      window.TTMinis.on('minis.show', () => {
        if (!flight || flight.process !== 'authorize') logInUnasked();
      });
    } catch (error) {
      // Then a change is noticed when the page is loaded next.
    }
  }

  async function start() {
    document.addEventListener('click', onClick);
    document.addEventListener('submit', onSubmit);
    replaceDeadPictures();
    // Each login prepares the SDK for itself and reports what failed.
    settled(prepareSdk(LOGIN).then(watchForReturn));
    await logInUnasked();
    return session;
  }

  const started = new Promise((resolve) => {
    if (document.readyState !== 'loading') resolve();
    else document.addEventListener('DOMContentLoaded', () => resolve());
  }).then(readConfig);

  window.TTMinisAuth = Object.freeze({
    ready: started.then(start),
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
