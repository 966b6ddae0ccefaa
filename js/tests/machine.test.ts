/** Logins, consents and logouts, step by step, in the fake browser of world.ts. */

import { describe, expect, it } from 'vitest';

import { Browser, FakeElement, flush, KEY, type Page } from './world';

const outcomeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => value ?? null,
    (error) => error.code ?? error,
  );

async function opened(mode: 'session' | 'token' = 'session', config: object = {}) {
  const browser = new Browser(mode);
  const tab = browser.tab();
  const page = tab.open(config);
  await browser.clock.pass(1000);
  return { browser, tab, page };
}

describe.each(['session', 'token'] as const)('in %s mode', (mode) => {
  it('a page logs in silently when it loads', async () => {
    const { page } = await opened(mode);
    expect(page.names()).toEqual(['login']);
    expect(page.auth.session.userId).toBe('1');
  });

  it('a login asks for answers in the language of the page', async () => {
    const { browser, tab } = await opened(mode, { language: 'pt-br' });
    for (const language of [undefined, null, '', '日本語', 'a\nb']) {
      tab.open({ language });
      await browser.clock.pass(1000);
    }
    const asked = browser.site.requests.map(({ headers }) => headers['accept-language']);
    expect(asked).toEqual(['pt-br', ...Array(5).fill(undefined)]);
  });

  it('the next page does not log in after a logout', async () => {
    const { browser, tab, page } = await opened(mode);
    outcomeOf(page.auth.logout());
    await browser.clock.pass(1000);
    const next = tab.open();
    await browser.clock.pass(1000);
    expect([page.names(), next.names()]).toEqual([['login', 'logout'], []]);
    expect(browser.site.sessions.size).toBe(0);
  });

  it('a page that clears localStorage after a logout does not log in again', async () => {
    const { browser, page } = await opened(mode);
    outcomeOf(page.auth.logout());
    await browser.clock.pass(1000);
    browser.shared.items.clear();
    page.shown.forEach((listener) => listener());
    await browser.clock.pass(1000);
    expect(page.names()).toEqual(['login', 'logout']);
  });

  it('a page logs in again after a login on another tab, also with an empty localStorage', async () => {
    const { browser, page } = await opened(mode);
    outcomeOf(page.auth.logout());
    await browser.clock.pass(1000);
    outcomeOf(browser.tab().open({ silent: false }).auth.login());
    await browser.clock.pass(1000);
    browser.shared.items.clear();
    page.shown.forEach((listener) => listener());
    await browser.clock.pass(1000);
    expect(page.names()).toEqual(['login', 'logout', 'login']);
  });

  it('a pressed login ends an earlier logout', async () => {
    const { browser, tab, page } = await opened(mode);
    outcomeOf(page.auth.logout());
    outcomeOf(page.auth.login());
    await browser.clock.pass(2000);
    expect(page.names()).toEqual(['login', 'logout', 'login']);
    const next = tab.open();
    await browser.clock.pass(1000);
    expect(next.events[0]!.detail.changed).toBe(false);
  });

  it('a logout on the next page undoes a login that is under way', async () => {
    const { browser, tab, page } = await opened(mode);
    browser.site.sessions.clear();
    browser.behaviour.answerMs = 1800;
    outcomeOf(page.auth.switchAccount());
    await browser.clock.pass(200);
    browser.behaviour.answerMs = 50;
    const next = tab.open({ silent: false });
    outcomeOf(next.auth.logout());
    await browser.clock.pass(5000);
    expect(browser.site.userOf(browser.cookies.sessionid)).toBe(null);
    tab.back();
    await browser.clock.pass(5000);
    expect(page.auth.session.userId).toBe(null);
  });

  it('a logout on one tab cancels an earlier login on another tab', async () => {
    const browser = new Browser(mode);
    const [one, two] = [browser.tab(), browser.tab()];
    const first = one.open({ silent: false });
    const second = two.open({ silent: false });
    browser.behaviour.answerMs = 2000;
    const login = outcomeOf(first.auth.login());
    await browser.clock.pass(500);
    browser.behaviour.answerMs = 50;
    outcomeOf(second.auth.logout());
    await browser.clock.pass(10000);
    expect(await login).toBe('cancelled');
    expect(first.auth.session.userId).toBe(null);
    expect(browser.site.sessions.size).toBe(0);
  });

  it('a login that is pressed during a slow logout runs after it', async () => {
    const { browser, page } = await opened(mode);
    browser.behaviour.answerMs = 3000;
    outcomeOf(page.auth.logout());
    await browser.clock.pass(100);
    outcomeOf(page.auth.login());
    await browser.clock.pass(10000);
    expect(page.names()).toEqual(['login', 'logout', 'login']);
    expect(page.auth.session.userId).toBe('1');
  });

  it('no user is logged in when ttminis:logout is dispatched', async () => {
    const { browser, page } = await opened(mode);
    outcomeOf(page.auth.logout());
    outcomeOf(page.auth.login());
    await browser.clock.pass(5000);
    const logout = page.events.find((each) => each.name === 'logout')!;
    expect(logout.userId).toBe(null);
  });

  it('a lost consent dialog blocks neither logins nor requests', async () => {
    const { browser, page } = await opened(mode);
    browser.behaviour.consent = 'never';
    const consent = outcomeOf(page.auth.authorize());
    await browser.clock.pass(1000);
    const written = page.write();
    await browser.clock.pass(1000);
    expect(await written).toBe(200);
    const login = outcomeOf(page.auth.login());
    await browser.clock.pass(1000);
    expect(((await login) as any).user.id).toBe('1');
    expect(await consent).toBe('cancelled');
  });

  it('a press opens a new dialog after one that was lost', async () => {
    const { browser, page } = await opened(mode);
    browser.behaviour.consent = 'never';
    outcomeOf(page.auth.authorize());
    await browser.clock.pass(15000);
    browser.behaviour.consent = 'yes';
    const second = outcomeOf(page.auth.authorize());
    await browser.clock.pass(1000);
    expect(((await second) as any).user.id).toBe('1');
  });

  it('two presses share a dialog that opened late after the first press', async () => {
    const { browser, page } = await opened(mode, { silent: false, sdkTimeout: 3000 });
    Object.assign(browser.behaviour, { serverMs: 4000, consent: 'never' });
    outcomeOf(page.auth.login());
    await browser.clock.pass(1000);
    outcomeOf(page.auth.authorize());
    await browser.clock.pass(4000);
    outcomeOf(page.auth.authorize());
    await browser.clock.pass(100);
    expect(page.sdkCalls.map((each) => each.name)).toEqual(['login', 'authorize']);
  });

  it('a consent that waits for a logout is cancelled when the visitor leaves the page', async () => {
    const { browser, tab, page } = await opened(mode);
    browser.behaviour.answerMs = 3000;
    outcomeOf(page.auth.logout());
    await browser.clock.pass(100);
    const consent = outcomeOf(page.auth.authorize());
    await browser.clock.pass(100);
    tab.open({ silent: false });
    await browser.clock.pass(5000);
    tab.back();
    await browser.clock.pass(5000);
    expect(await consent).toBe('cancelled');
    expect(page.sdkCalls.map((each) => each.name)).toEqual(['login']);
  });

  it.each([{ data: { user: {} } }, { data: { user: true } }, { data: { flows: [null] } }, [], null, 7])(
    'the login answer %j ends in the code network',
    async (body) => {
      const { browser, page } = await opened(mode, { silent: false });
      browser.site.faults.push(() => ({ status: 200, body }));
      const login = outcomeOf(page.auth.login());
      await browser.clock.pass(1000);
      expect([await login, page.auth.session.userId]).toEqual(['network', null]);
    },
  );

  it('a waiting login replaces a consent that waits before it', async () => {
    const { browser, page } = await opened(mode);
    browser.behaviour.consent = 'never';
    browser.behaviour.serverMs = 500;
    outcomeOf(page.auth.logout());
    const consent = outcomeOf(page.auth.authorize());
    const login = outcomeOf(page.auth.login());
    await browser.clock.pass(5000);
    expect(await consent).toBe('cancelled');
    expect(((await login) as any).user.id).toBe('1');
  });

  it('a consent that a logout has cancelled opens no dialog', async () => {
    const { browser, page } = await opened(mode, { silent: false, sdkComesMs: 3000 });
    const consent = outcomeOf(page.auth.authorize());
    await browser.clock.pass(500);
    outcomeOf(page.auth.logout());
    await browser.clock.pass(5000);
    expect(await consent).toBe('cancelled');
    expect(page.sdkCalls).toEqual([]);
  });

  it('a consent opens no dialog when the visitor comes back to its page', async () => {
    const { browser, tab, page } = await opened(mode, { silent: false, sdkComesMs: 3000 });
    const consent = outcomeOf(page.auth.authorize());
    await browser.clock.pass(500);
    tab.open({ silent: false });
    await browser.clock.pass(1000);
    tab.back();
    await browser.clock.pass(5000);
    expect(await consent).toBe('cancelled');
    expect(page.sdkCalls).toEqual([]);
  });

  it('two presses at once share one consent dialog', async () => {
    const { browser, page } = await opened(mode);
    const both = Promise.all([page.auth.authorize(), page.auth.authorize({})]);
    await browser.clock.pass(1000);
    const [one, other] = await both;
    expect(one).toBe(other);
    expect(page.sdkCalls.map((each) => each.name)).toEqual(['login', 'authorize']);
  });

  it('a request with no-referrer sends no referrer', async () => {
    const { browser, page } = await opened(mode);
    const wish = { method: 'POST', body: '{}', referrer: '', referrerPolicy: 'no-referrer' };
    outcomeOf(page.auth.fetch('/api/note/', wish));
    await browser.clock.pass(1000);
    expect(page.sent.pop()).toMatchObject({ referrer: '', referrerPolicy: 'no-referrer' });
  });

  it('a request that is aborted during a login rejects at once', async () => {
    const { browser, page } = await opened(mode);
    browser.behaviour.serverMs = 5000;
    const login = outcomeOf(page.auth.switchAccount());
    await browser.clock.pass(500);
    const control = new AbortController();
    let name = '';
    const { signal } = control;
    page.auth.fetch('/api/note/', { method: 'POST', signal }).catch((error: Error) => {
      name = error.name;
    });
    await browser.clock.pass(100);
    control.abort();
    await browser.clock.pass(100);
    expect(name).toBe('AbortError');
    await browser.clock.pass(10_000);
    expect(((await login) as any).user.id).toBe('1');
  });

  it('a prerendered page does not log in before it is shown', async () => {
    const { browser, page } = await opened(mode, { isPrerendering: true });
    expect([page.sdkCalls, page.events]).toEqual([[], []]);
    page.isPrerendering = false;
    page.document.dispatchEvent(new Event('prerenderingchange'));
    await browser.clock.pass(1000);
    expect(page.names()).toEqual(['login']);
  });

  it('a pressed login that joins a silent login resolves with its user', async () => {
    const browser = new Browser(mode);
    browser.behaviour.sdkMs = 1000;
    const page = browser.tab().open();
    await browser.clock.pass(100);
    const login = outcomeOf(page.auth.login());
    await browser.clock.pass(3000);
    expect(((await login) as any).user.id).toBe('1');
    expect(page.sdkCalls.length).toBe(1);
  });

  it('sixty minis.show events in six seconds make at most five logins', async () => {
    const { browser, page } = await opened(mode);
    for (let count = 0; count < 60; count += 1) {
      page.shown.forEach((listener) => listener());
      await browser.clock.pass(100);
    }
    expect(page.sdkCalls.length).toBeLessThanOrEqual(5);
    browser.account = 'noah';
    await browser.clock.pass(120000);
    expect(page.auth.session.userId).toBe('2');
  });

  it('an SDK that reports minis.show after each login does not loop', async () => {
    const { browser, page } = await opened(mode);
    page.document.addEventListener('ttminis:login', () =>
      page.shown.forEach((listener) => listener()),
    );
    page.shown.forEach((listener) => listener());
    await browser.clock.pass(60000);
    expect(page.sdkCalls.length).toBeLessThanOrEqual(6);
  });

  it.each(['null', '', '{', '[]', '{}', '7'])('a press with the configuration %j fails with not_configured', async (text) => {
    const { browser, page } = await opened(mode, { text });
    const login = outcomeOf(page.auth.login());
    await browser.clock.pass(100);
    expect(await login).toBe('not_configured');
    expect(page.sdkCalls).toEqual([]);
  });

  it.each([false, true])('a form with data-ttminis-logout notes a logout unless it is cancelled (%j)', async (isCancelled) => {
    const { browser, page } = await opened(mode, { logoutCookie: null });
    // On the window and after the script: the last listener that can cancel the submit.
    page.window.addEventListener('submit', (event: Event) => isCancelled && event.preventDefault());
    submit(page);
    await browser.clock.pass(1000);
    expect(browser.shared.items.has(`ttminis-auth:logged-out:${KEY}`)).toBe(!isCancelled);
  });

  it('the file of the other mode calls neither TikTok nor the server', async () => {
    const script = mode === 'token' ? 'session' : 'token';
    const { browser, page } = await opened(mode, { script });
    const login = outcomeOf(page.auth.login());
    await browser.clock.pass(100);
    expect(await login).toBe('not_configured');
    expect([page.sdkCalls, browser.site.requests]).toEqual([[], []]);
  });

  it('properties of Object.prototype are no part of an answer', async () => {
    const words = 'access authResponse code data error error_code errors flows grantedScopes message meta param refresh retryAfter returnScopes scope session tokens user url wishes';
    const pollution = { next: '/evil', ...Object.fromEntries(words.split(' ').map((word) => [word, 'evil'])) };
    for (const [key, value] of Object.entries(pollution)) {
      const writable = { value, configurable: true, writable: true };
      Object.defineProperty(Object.prototype, key, writable);
    }
    try {
      const { page } = await opened(mode);
      expect(page.names()).toEqual(['login']);
    } finally {
      for (const key of Object.keys(pollution)) delete (Object.prototype as any)[key];
    }
  });
});

describe('an unusual page', () => {
  it('a page that runs the file twice logs in once', async () => {
    const { browser, page } = await opened();
    const before = page.auth;
    page.run();
    await browser.clock.pass(1000);
    expect(page.window.TTMinisAuth).toBe(before);
    expect(page.sdkCalls.length).toBe(1);
  });

  it('a page in an about:srcdoc frame logs in', async () => {
    const browser = new Browser();
    browser.href = 'about:srcdoc';
    const page = browser.tab().open();
    await browser.clock.pass(1000);
    expect(page.names()).toEqual(['login']);
    expect(await Promise.race([page.write(), browser.clock.pass(1000).then(() => null)])).toBe(200);
  });

  it('a page that reloads on changed stops also if the clock is set back', async () => {
    const browser = new Browser();
    const tab = browser.tab();
    const seen: string[][] = [];
    for (let count = 0; count < 6; count += 1) {
      if (count === 2) browser.clockOffset = -3_600_000;
      // The site loses each session, and the page reloads at each change of the user.
      const page = tab.open({ userId: null });
      await browser.clock.pass(1000);
      seen.push(page.names());
    }
    expect(seen.filter((names) => names.includes('login')).length).toBeLessThanOrEqual(2);
  });

  it('a page without sdkTimeout has the default time limit', async () => {
    const text = JSON.stringify({ clientKey: KEY, loginUrl: '/login/code/', sdkTimeout: null });
    const { browser, page } = await opened('session', { text, sdk: null });
    await browser.clock.pass(12_000);
    expect(page.events.map((each) => each.detail.code)).toEqual(['not_in_tiktok']);
  });
});

describe.each(['session', 'token'] as const)('back to a page in %s mode', (mode) => {
  it('a page with silent: false does not call TikTok at "back"', async () => {
    const { browser, tab, page } = await opened(mode, { silent: false });
    tab.open({ silent: false });
    await browser.clock.pass(1000);
    tab.back();
    await browser.clock.pass(1000);
    expect([page.sdkCalls, page.events]).toEqual([[], []]);
  });

  it('a page does not dispatch ttminis:logout again at "back"', async () => {
    const { browser, tab, page } = await opened(mode);
    outcomeOf(page.auth.logout());
    await browser.clock.pass(1000);
    tab.open({ silent: false });
    await browser.clock.pass(1000);
    tab.back();
    await browser.clock.pass(1000);
    expect(page.names()).toEqual(['login', 'logout']);
  });

  it('a page logs in at "back" after a login that followed its logout', async () => {
    const { browser, tab, page } = await opened(mode);
    outcomeOf(page.auth.logout());
    await browser.clock.pass(1000);
    outcomeOf(tab.open({ silent: false }).auth.login());
    await browser.clock.pass(1000);
    tab.back();
    await browser.clock.pass(1000);
    expect(page.names()).toEqual(['login', 'logout', 'login']);
  });

  it('a page repeats at "back" the login that was under way', async () => {
    const { browser, tab, page } = await opened(mode);
    browser.behaviour.sdkMs = 500;
    page.shown.forEach((listener) => listener());
    await browser.clock.pass(100);
    tab.open({ silent: false });
    await browser.clock.pass(1000);
    tab.back();
    await browser.clock.pass(2000);
    expect(page.names()).toEqual(['login', 'error', 'login']);
    expect(page.events[1]!.detail.code).toBe('cancelled');
  });
});

describe('back to a page', () => {
  it('a page writes with the present CSRF token after "back"', async () => {
    const { browser, tab, page } = await opened('session', { silent: false });
    tab.open();
    await browser.clock.pass(1000);
    tab.back();
    const written = page.write();
    await browser.clock.pass(1000);
    expect(await written).toBe(200);
  });

  it('a logout of an earlier page does not end a password login at "back"', async () => {
    const { browser, tab, page } = await opened();
    outcomeOf(page.auth.logout());
    await browser.clock.pass(1000);
    browser.take(browser.site.logInByPassword(browser.cookies).cookies);
    const editors = tab.open();
    await browser.clock.pass(1000);
    tab.open({ silent: false });
    await browser.clock.pass(1000);
    tab.back();
    await browser.clock.pass(1000);
    expect([editors.auth.session.userId, editors.names()]).toEqual(['3', []]);
  });
});

describe('a logout that the script did not make', () => {
  it('a page notices a logout by the cookie of the server', async () => {
    const { browser, tab, page } = await opened();
    // htmx posts the form, so the page stays open.
    browser.take(browser.site.logOut(browser.cookies).cookies);
    expect(page.auth.session.userId).toBe(null);
    await flush();
    expect(page.names()).toEqual(['login', 'logout']);
    page.shown.forEach((listener) => listener());
    await browser.clock.pass(1000);
    const next = tab.open();
    await browser.clock.pass(1000);
    expect([page.sdkCalls.length, next.sdkCalls.length]).toEqual([1, 0]);
  });

  it('a page keeps a password login that followed a logout', async () => {
    const { browser, tab } = await opened();
    browser.take(browser.site.logOut(browser.cookies).cookies);
    browser.take(browser.site.logInByPassword(browser.cookies).cookies);
    const page = tab.open();
    await browser.clock.pass(1000);
    expect([page.auth.session.userId, page.names()]).toEqual(['3', []]);
  });

  it('a logout undoes a silent login that the server has already answered', async () => {
    const browser = new Browser();
    browser.behaviour.answerMs = 2000;
    const page = browser.tab().open();
    await browser.clock.pass(500);
    browser.take(browser.site.logOut(browser.cookies).cookies);
    await browser.clock.pass(10000);
    expect(browser.site.userOf(browser.cookies.sessionid)).toBe(null);
    expect(page.auth.session.userId).toBe(null);
    expect(page.names()).toEqual(['error']);
  });

  it('a logout by the server ends with the next pressed login', async () => {
    const { browser, tab, page } = await opened();
    browser.take(browser.site.logOut(browser.cookies).cookies);
    outcomeOf(page.auth.login());
    await browser.clock.pass(1000);
    const next = tab.open();
    await browser.clock.pass(1000);
    expect(next.names()).toEqual(['login']);
  });
});

// If no script can read the CSRF cookie, the page uses the token that it was rendered with.
describe.each(['csrftoken', null])('a logout without a confirmation, CSRF cookie %j', (csrfCookie) => {
  it('an unconfirmed logout does not end a later password login of the same user', async () => {
    const { browser, tab, page } = await opened('session', { csrfCookie });
    browser.behaviour.answerMs = 500;
    outcomeOf(page.auth.logout());
    await browser.clock.pass(100);
    tab.open({ csrfCookie });
    await browser.clock.pass(1000);
    browser.take(browser.site.logInByPassword(browser.cookies, '1').cookies);
    const next = tab.open({ csrfCookie });
    await browser.clock.pass(1000);
    expect(next.auth.session.userId).toBe('1');
    expect(browser.site.userOf(browser.cookies.sessionid)).toBe('1');
  });

  it('the next page repeats a logout that failed', async () => {
    const { browser, tab, page } = await opened('session', { csrfCookie });
    browser.site.faults.push(() => ({ status: 500 }));
    outcomeOf(page.auth.logout());
    await browser.clock.pass(1000);
    const next = tab.open({ csrfCookie });
    expect(next.auth.session.userId).toBe(null);
    await browser.clock.pass(1000);
    expect(browser.site.sessions.size).toBe(0);
  });
});

it('the next page repeats a logout that failed on a page without a user', async () => {
  const { browser, tab, page } = await opened('session', { silent: false });
  browser.take(browser.site.logInByPassword(browser.cookies).cookies);
  browser.site.faults.push(() => ({ status: 500 }));
  outcomeOf(page.auth.logout());
  await browser.clock.pass(1000);
  const next = tab.open();
  expect(next.auth.session.userId).toBe(null);
  await browser.clock.pass(1000);
  expect(browser.site.sessions.size).toBe(0);
});

it('a page without a CSRF token shows the user of its server after a logout', async () => {
  const none = { csrfCookie: null, csrfToken: '' };
  const { browser, tab, page } = await opened('session', { ...none, userId: '1', silent: false });
  outcomeOf(page.auth.logout());
  await browser.clock.pass(1000);
  expect(tab.open({ ...none, userId: '1' }).auth.session.userId).toBe('1');
});

it('the CSRF token of a refusal does not send what another user wrote', async () => {
  const { browser, page } = await opened();
  browser.take(browser.site.logInByPassword(browser.cookies).cookies);
  const written = page.write();
  await browser.clock.pass(2000);
  expect(await written).toBe(403);
  expect(browser.site.writes).toEqual([]);
});

it('the error of a login that needs a further step holds no token', async () => {
  const { browser, page } = await opened('token', { silent: false });
  const meta = { is_authenticated: false, session_token: 'secret-token-1' };
  const flows = [{ id: 'mfa_authenticate', is_pending: true }];
  browser.site.faults.push(() => ({ status: 401, body: { data: { flows }, meta } }));
  const refused = page.auth.login().catch((error: unknown) => error);
  await browser.clock.pass(1000);
  expect((await refused).code).toBe('pending');
  expect(JSON.stringify([await refused, page.events])).not.toContain('secret-token-1');
  expect(JSON.stringify([...page.tab.own.items])).toContain('secret-token-1');
});

describe("Django's CSRF token", () => {
  const form = (value: string): any => ({ value });

  it('a login writes the new CSRF token into the forms of the server alone', async () => {
    const browser = new Browser();
    const page = browser.tab().open();
    const ours = form('b'.repeat(32) + shifted(browser.cookies.csrftoken!));
    const theirs = form('x'.repeat(64));
    page.inputs.push(ours, theirs);
    await browser.clock.pass(1000);
    expect(ours.value.slice(-32)).toBe(browser.cookies.csrftoken);
    expect(theirs.value).toBe('x'.repeat(64));
  });

  it('the CSRF token in a form of one user is not renewed for another user', async () => {
    const { browser, tab } = await opened();
    const page = tab.open();
    const input = form('a'.repeat(32) + browser.cookies.csrftoken!);
    const before = input.value;
    page.inputs.push(input);
    browser.account = 'noah';
    await browser.clock.pass(1000);
    expect(page.auth.session.userId).toBe('2');
    expect(input.value).toBe(before);
  });

  it('the first write on a stale copy of a page renews the CSRF token', async () => {
    const { browser, tab } = await opened();
    const stale = { userId: '1', csrfToken: 'a'.repeat(32) + 'o'.repeat(32), silent: false };
    const page = tab.open(stale);
    const written = page.write();
    await browser.clock.pass(2000);
    expect(await written).toBe(200);
  });

  it('a stale copy of a page renews the CSRF token without a readable cookie', async () => {
    const { browser, tab } = await opened();
    const stale = { userId: '1', csrfToken: 'a'.repeat(32) + 'o'.repeat(32), silent: false };
    const page = tab.open({ ...stale, csrfCookie: null });
    const written = page.write();
    await browser.clock.pass(2000);
    expect(await written).toBe(200);
  });

  it('the CSRF token is sent in the configured header', async () => {
    const browser = new Browser();
    browser.tab().open({ csrfHeader: 'X-My-Token' });
    await browser.clock.pass(500);
    expect(browser.site.requests[0]!.headers['x-my-token']).toBeDefined();
  });
});

describe('two tabs', () => {
  it('a logout on one tab logs the other tab out', async () => {
    for (const mode of ['session', 'token'] as const) {
      const browser = new Browser(mode);
      const one = browser.tab().open();
      await browser.clock.pass(1000);
      const two = browser.tab().open();
      await browser.clock.pass(1000);
      outcomeOf(one.auth.logout());
      await browser.clock.pass(1000);
      expect(two.auth.session.userId).toBe(null);
      expect(browser.site.sessions.size).toBe(0);
    }
  });
});

it('a logout is stored under the client key of the app', async () => {
  const { browser, page } = await opened();
  outcomeOf(page.auth.logout());
  await browser.clock.pass(1000);
  expect([...browser.shared.items.keys()]).toEqual([`ttminis-auth:logged-out:${KEY}`]);
});

function submit(page: Page): void {
  const submitter = Object.assign(new FakeElement(), { marks: ['[data-ttminis-logout]'] });
  page.window.dispatchEvent(Object.assign(new Event('submit', { cancelable: true }), { submitter }));
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
/** Mask a secret as Django does, with a mask of "b" alone. */
function shifted(secret: string): string {
  return [...secret].map((each) => LETTERS[(LETTERS.indexOf(each) + 1) % 62]).join('');
}
