/**
 * A fake browser with tabs, a fake Django site and a fake TikTok. Cookies arrive with the answer,
 * a page stays in the history when the visitor leaves it, and answers take time. The clock is
 * the test's own. The tabs run the built classic script.
 */

import { readFileSync } from 'node:fs';

const served = (name: string): string =>
  readFileSync(new URL(`../../ttminis_auth/static/ttminis_auth/${name}`, import.meta.url), 'utf8');
/** The file that the tag loads in each mode. */
const SCRIPTS = { session: served('ttminis-auth.js'), token: served('ttminis-auth.token.js') };
const SDKS = new URL('../../tests/browser/sdks/', import.meta.url);
export const KEY = 'mnsimdrama000001';
export const SITE = 'https://site.example';
const PATHS = { login: '/login/code/', logout: '/logout/', session: '/v1/auth/session' };

type Handler = (...args: any[]) => any;

export class Clock {
  now = 1_000_000;
  private timers: { at: number; id: number; task: Handler; owner: Page | null }[] = [];
  private ids = 0;

  set(task: Handler, ms = 0, owner: Page | null = null): number {
    this.timers.push({ at: this.now + Math.max(0, ms), id: ++this.ids, task, owner });
    return this.ids;
  }

  clear(id: number): void {
    this.timers = this.timers.filter((each) => each.id !== id);
  }

  /** Advance the time. Timers of a page in the history do not run. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    await flush();
    for (;;) {
      const due = this.timers
        .filter((each) => each.at <= end && !each.owner?.isFrozen)
        .sort((a, b) => a.at - b.at || a.id - b.id)[0];
      if (!due) break;
      this.clear(due.id);
      this.now = Math.max(this.now, due.at);
      due.task();
      await flush();
    }
    this.now = end;
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export async function flush(): Promise<void> {
  for (let count = 0; count < 4; count += 1) await turn();
}

interface Session {
  user: string | null;
  byPassword: boolean;
}

interface Reply {
  status: number;
  body?: any;
  cookies?: Record<string, string>;
  headers?: Record<string, string>;
}

const mask = (secret: string): string => 'a'.repeat(32) + secret;

/** The site: sessions, CSRF tokens, the middleware's mark, and the writes with their users. */
export class Site {
  sessions = new Map<string, Session>();
  users: Record<string, string> = { mia: '1', noah: '2', editor: '3' };
  writes: { expected: string | null; by: string | null }[] = [];
  codes = new Map<string, string>();
  /** Answers for the next requests, in place of the site's own answers. */
  faults: ((path: string) => Reply | undefined)[] = [];
  requests: { path: string; headers: Record<string, string>; body: any }[] = [];
  private count = 0;

  constructor(readonly isByToken: boolean) {}

  fresh = (what: string): string => `${what}${(this.count += 1)}`;
  secret = (): string => `s${(this.count += 1)}`.padEnd(32, 'x');

  userOf(key: string | undefined): string | null {
    return this.sessions.get(key ?? '')?.user ?? null;
  }

  answer(path: string, method: string, headers: Record<string, string>, cookies: any, body: any): Reply {
    this.requests.push({ path, headers, body });
    const fault = this.faults[0]?.(path);
    if (fault) {
      this.faults.shift();
      return fault;
    }
    if (this.isByToken) return this.byToken(path, method, headers, body);
    const isWrite = !['GET', 'HEAD'].includes(method);
    const sent = (headers['x-csrftoken'] ?? '').slice(-32);
    if (isWrite && (!sent || sent !== cookies.csrftoken)) {
      const meta = { csrf_token: mask(cookies.csrftoken ?? '') };
      return { status: 403, body: { errors: [{ code: 'csrf_failed' }], meta } };
    }
    if (path === PATHS.logout) {
      const reply = this.logOut(cookies);
      if (headers['x-ttminis-logout']) delete reply.cookies!.ttminis_logout;
      return reply;
    }
    if (path === PATHS.login) return this.logIn(cookies, body);
    const by = this.userOf(cookies.sessionid);
    if (by === null) return { status: 401, body: {} };
    if (isWrite) this.writes.push({ expected: body.expected, by });
    return { status: 200, body: { by } };
  }

  logOut(cookies: any): Reply {
    this.sessions.delete(cookies.sessionid);
    return { status: 200, body: {}, cookies: { sessionid: '', ttminis_logout: this.fresh('mark') } };
  }

  logInByPassword(cookies: any, user = '3'): Reply {
    this.sessions.delete(cookies.sessionid);
    return this.enter(user, true);
  }

  private enter(user: string, byPassword: boolean): Reply {
    const sessionid = this.fresh('session');
    this.sessions.set(sessionid, { user, byPassword });
    return { status: 200, body: {}, cookies: { sessionid, csrftoken: this.secret() } };
  }

  private logIn(cookies: any, { code, process }: any): Reply {
    const meta = { csrf_token: mask(cookies.csrftoken) };
    const user = this.codes.get(code);
    this.codes.delete(code);
    if (!user) return { status: 401, body: { errors: [{ code: 'code_rejected' }], meta } };
    const present = this.sessions.get(cookies.sessionid);
    if (present?.byPassword && present.user !== user && process !== 'switch') {
      return { status: 409, body: { errors: [{ code: 'account_mismatch' }], meta } };
    }
    const data = { user: { id: user }, ttminis: { client_key: KEY } };
    if (present?.user === user) return { status: 200, body: { data, meta } };
    this.sessions.delete(cookies.sessionid);
    const reply = this.enter(user, false);
    const csrf_token = mask(reply.cookies!.csrftoken!);
    return { ...reply, body: { data, meta: { csrf_token } } };
  }

  private byToken(path: string, method: string, headers: Record<string, string>, body: any): Reply {
    const token = headers['x-session-token'];
    if (path === PATHS.session && method === 'DELETE') {
      this.sessions.delete(token ?? '');
      return { status: 401, body: {} };
    }
    const known = this.sessions.get(token ?? '');
    if (path === PATHS.session) {
      return { status: known ? 200 : token ? 410 : 401, body: { data: {}, meta: {} } };
    }
    if (path === PATHS.login) {
      if (token && !known) return { status: 410, body: {} };
      const user = this.codes.get(body.code);
      this.codes.delete(body.code);
      if (!user) return { status: 401, body: { errors: [{ code: 'code_rejected' }] } };
      const data = { user: { id: user }, ttminis: { client_key: KEY } };
      const meta: any = { is_authenticated: true };
      if (known?.user !== user) {
        this.sessions.delete(token ?? '');
        meta.session_token = this.fresh('secret-token-');
        this.sessions.set(meta.session_token, { user, byPassword: false });
      }
      return { status: 200, body: { data, meta } };
    }
    if (!known) return { status: 401, body: {} };
    if (method !== 'GET') this.writes.push({ expected: body.expected, by: known.user });
    return { status: 200, body: { by: known.user } };
  }
}

class Storage {
  items = new Map<string, string>();
  constructor(readonly changed: () => void = () => undefined) {}
  getItem = (key: string): string | null => this.items.get(key) ?? null;
  setItem(key: string, value: string): void {
    this.items.set(key, value);
    this.changed();
  }
  removeItem(key: string): void {
    this.items.delete(key);
    this.changed();
  }
}

/** How TikTok and the site answer, and after how long. */
export interface Behaviour {
  sdkMs: number;
  serverMs: number;
  answerMs: number;
  consent: 'yes' | 'no' | 'never';
}

export class Browser {
  clock = new Clock();
  site: Site;
  account: 'mia' | 'noah' = 'mia';
  behaviour: Behaviour = { sdkMs: 50, serverMs: 50, answerMs: 50, consent: 'yes' };
  cookies: Record<string, string> = {};
  shared = new Storage();
  href = `${SITE}/`;
  /** How many milliseconds the device's clock is off. */
  clockOffset = 0;
  tabs: Tab[] = [];
  /** The details of all events and the addresses of all requests. */
  published: string[] = [];
  violations: string[] = [];

  constructor(readonly mode: 'session' | 'token' = 'session') {
    this.site = new Site(mode === 'token');
    this.cookies.csrftoken = this.site.secret();
  }

  take(cookies: Record<string, string> = {}): void {
    for (const [name, value] of Object.entries(cookies)) {
      if (value) this.cookies[name] = value;
      else delete this.cookies[name];
    }
  }

  tab(): Tab {
    const tab = new Tab(this);
    this.tabs.push(tab);
    return tab;
  }

  notifyOtherTabs(from: Tab): void {
    for (const tab of this.tabs) {
      if (tab !== from) tab.page?.window.dispatchEvent(new Event('storage'));
    }
  }
}

export class Tab {
  page: Page | null = null;
  past: Page[] = [];
  own = new Storage();

  constructor(readonly browser: Browser) {}

  /** Open a new page; the one before goes into the history. */
  open(config: object = {}): Page {
    this.leave();
    this.page = new Page(this, config);
    return this.page;
  }

  private leave(): void {
    if (!this.page) return;
    this.page.window.dispatchEvent(Object.assign(new Event('pagehide'), { persisted: true }));
    this.page.isFrozen = true;
    this.past.push(this.page);
  }

  back(): void {
    const before = this.past.pop();
    if (!before) return;
    this.page!.window.dispatchEvent(Object.assign(new Event('pagehide'), { persisted: true }));
    this.page!.isFrozen = true;
    this.page = before;
    before.isFrozen = false;
    before.window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
  }
}

export class FakeElement {
  value = '';
  textContent = '';
  previousElementSibling: FakeElement | null = null;
  marks: string[] = [];
  matches(selector: string): boolean {
    return this.marks.some((mark) => selector.includes(mark));
  }
}
class FakeScript extends FakeElement {}

export class Page {
  isFrozen = false;
  /** The arguments of `window.fetch`. */
  sent: any[] = [];
  events: { name: string; detail: any; userId: string | null }[] = [];
  sdkCalls: { name: string; isOpen: boolean }[] = [];
  shown: Handler[] = [];
  inputs: FakeElement[] = [];
  window: any;
  document: any;
  auth: any;
  isPrerendering: boolean;
  /** The mode of the file that the page loads, if it is not the page's own mode. */
  script: 'session' | 'token' | undefined;

  constructor(readonly tab: Tab, given: any) {
    const { sdk, sdkComesMs, sdkSource, isPrerendering, text, script, ...config } = given;
    this.script = script;
    this.isPrerendering = isPrerendering ?? false;
    this.document = this.makeDocument(text ?? JSON.stringify(this.config(config)));
    this.window = this.makeWindow(sdk === undefined && !sdkComesMs ? this.sdk() : sdk);
    if (sdkComesMs) {
      this.browser.clock.set(() => (this.window.TTMinis = this.sdk()), sdkComesMs, this);
    }
    if (sdkSource) this.load(sdkSource);
    this.run();
    for (const name of ['login', 'authorize', 'error', 'logout']) {
      this.document.addEventListener(`ttminis:${name}`, ({ detail }: any) => {
        const { userId } = this.auth.session;
        this.events.push({ name, detail, userId });
        this.tab.browser.published.push(JSON.stringify(detail));
      });
    }
  }

  get browser(): Browser {
    return this.tab.browser;
  }

  private config(given: object): object {
    const { mode, site, cookies } = this.browser;
    const common = { clientKey: KEY, mode, loginUrl: `${SITE}${PATHS.login}`, ...given };
    if (mode === 'token') {
      const session = `${SITE}${PATHS.session}`;
      return { ...common, apiBase: SITE, sessionUrl: session, logoutUrl: session, ...given };
    }
    const csrfToken = mask(cookies.csrftoken!);
    const userId = site.userOf(cookies.sessionid);
    const own = { csrfToken, userId, logoutUrl: PATHS.logout };
    return { ...common, ...own, csrfCookie: 'csrftoken', logoutCookie: 'ttminis_logout', ...given };
  }

  private makeDocument(text: string): any {
    const page = this;
    const element = Object.assign(new FakeElement(), { textContent: text });
    const file = Object.assign(new FakeScript(), { previousElementSibling: element });
    class FakeDocument extends EventTarget {
      get readyState(): string {
        return 'complete';
      }
      get prerendering(): boolean {
        return page.isPrerendering;
      }
      get cookie(): string {
        const all = Object.entries(page.browser.mode === 'token' ? {} : page.browser.cookies);
        return all.map(([name, value]) => `${name}=${value}`).join('; ');
      }
      querySelectorAll(selector: string): unknown[] {
        if (selector.includes('ttminis-auth-config')) return [file];
        return selector.startsWith('input') ? page.inputs : [];
      }
    }
    return new FakeDocument();
  }

  private makeWindow(sdk: unknown): any {
    const { browser } = this;
    const window: any = new EventTarget();
    window.fetch = (input: any, init: any) => this.fetch(input, init);
    window.localStorage = {
      getItem: browser.shared.getItem,
      setItem: (key: string, value: string) => {
        browser.shared.setItem(key, value);
        browser.notifyOtherTabs(this.tab);
      },
      removeItem: (key: string) => browser.shared.removeItem(key),
    };
    window.sessionStorage = this.tab.own;
    window.origin = browser.mode === 'token' ? 'https://minis.example' : SITE;
    if (sdk) window.TTMinis = sdk;
    return window;
  }

  run(): void {
    const { clock } = this.browser;
    const location = { href: this.browser.href, assign: () => undefined };
    const names = {
      window: this.window,
      self: this.window,
      document: this.document,
      Document: this.document.constructor,
      Element: FakeElement,
      HTMLScriptElement: FakeScript,
      location,
      performance: { now: () => clock.now, getEntriesByType: () => [] },
      Date: { now: () => clock.now + this.browser.clockOffset, parse: Date.parse },
      setTimeout: (task: Handler, ms: number) => clock.set(task, ms, this),
      clearTimeout: (id: number) => clock.clear(id),
    };
    const script = SCRIPTS[this.script ?? this.browser.mode];
    new Function(...Object.keys(names), script)(...Object.values(names));
    this.auth = this.window.TTMinisAuth;
  }

  inits: string[] = [];

  /** Run one of the fake SDKs of the browser tests. */
  private load({ name, method = 'login', says }: { name: string; method?: string; says?: unknown }): void {
    const { clock } = this.browser;
    const source = readFileSync(new URL(`${name}.js`, SDKS), 'utf8').replaceAll('login', method);
    delete this.window.TTMinis;
    Object.assign(this.window, { __sdkCalls: 0, __says: says });
    const names = {
      window: this.window,
      inits: this.inits,
      nextCode: () => this.code(),
      nextConsent: () => this.code(),
      setTimeout: (task: Handler, ms: number) => clock.set(task, ms, this),
    };
    new Function(...Object.keys(names), source)(...Object.values(names));
  }

  /** An SDK as TikTok documents it. It records each call, and whether the call is still open. */
  private sdk(): object {
    const call = (name: string) => (options: any) => {
      const { clock, behaviour } = this.browser;
      const mine = { name, isOpen: true };
      if (name === 'login' && this.sdkCalls.some((each) => each.isOpen && each.name === name)) {
        this.browser.violations.push('two open calls of TTMinis.login');
      }
      this.sdkCalls.push(mine);
      if (name === 'authorize' && behaviour.consent === 'never') return;
      clock.set(
        () => {
          mine.isOpen = false;
          if (name === 'authorize' && behaviour.consent === 'no') options.fail({ authResponse: null });
          else options.success({ code: this.code() });
        },
        behaviour.sdkMs,
        this,
      );
    };
    return {
      init: () => undefined,
      on: (name: string, listener: Handler) => name === 'minis.show' && this.shown.push(listener),
      login: call('login'),
      authorize: call('authorize'),
    };
  }

  code(): string {
    const { site, account } = this.browser;
    const code = site.fresh('code');
    site.codes.set(code, site.users[account]!);
    return code;
  }

  /** The server gets the cookies of the time of sending; its own arrive with the answer. */
  private fetch(input: any, init: any = {}): Promise<any> {
    const { browser } = this;
    const { clock, behaviour } = browser;
    const url = new URL(typeof input === 'string' ? input : input.url);
    browser.published.push(url.href);
    this.sent.push(input);
    const headers = Object.fromEntries(new Headers(init.headers ?? input.headers).entries());
    const sent = browser.mode === 'token' ? {} : { ...browser.cookies };
    const signal: AbortSignal | undefined = init.signal ?? input.signal;
    const method = init.method ?? input.method ?? 'GET';
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(new DOMException('aborted', 'AbortError'));
      if (signal?.aborted) return abort();
      signal?.addEventListener('abort', abort);
      const arrive = async (): Promise<void> => {
        const text = init.body ?? (await input.text?.());
        const body = text ? parsed(text) : {};
        const reply = browser.site.answer(url.pathname, method, headers, sent, body);
        clock.set(() => {
          if (signal?.aborted) return;
          browser.take(reply.cookies);
          // A page in the history runs nothing until the visitor comes back.
          clock.set(() => resolve(responseOf(reply)), 0, this);
        }, behaviour.answerMs);
      };
      clock.set(() => void arrive(), behaviour.serverMs);
    });
  }

  /** Write as the site's own script does: as the user that the page shows now. */
  write(): Promise<any> {
    const expected = this.auth.session.userId;
    const body = JSON.stringify({ expected });
    return this.auth.fetch('/api/note/', { method: 'POST', body }).then(
      (response: any) => response.status,
      (error: any) => error.code ?? error.name,
    );
  }

  names(): string[] {
    return this.events.map((each) => each.name);
  }
}

function parsed(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function responseOf({ status, body, headers }: Reply): any {
  return {
    status,
    ok: status >= 200 && status < 300,
    headers: new Headers(headers),
    json: async () => structuredClone(body),
    clone: () => responseOf({ status, body, headers }),
  };
}
