/** The buttons of the template tags, and links and forms that log out. */

import { authorize, logIn, logout } from './calls';
import type { Auth } from './auth';
import { get, listen, matches, settled } from './read';
import { isTokenMode } from './tokens';
import { noteLogoutWish } from './wish';

// aria-disabled in place of `disabled`, which would take the keyboard focus away.
function showState(button: HTMLElement, isBusy: boolean, text: unknown): void {
  button.setAttribute('aria-busy', String(isBusy));
  button.setAttribute('aria-disabled', String(isBusy));
  const status = button.nextElementSibling;
  if (matches(status, '[role="status"]')) status!.textContent = String(text || '');
}

// Run the button's process; resolve to the name of the message to show.
async function runButton(auth: Auth, { dataset }: HTMLElement): Promise<string> {
  const { ttminis: process, scope, returnScopes } = dataset;
  if (process !== 'authorize') return logIn(auth, process!).then(() => process!);
  const detail = await authorize(auth, { scope, returnScopes: returnScopes === 'true' });
  return detail.ttminis.profile_pending ? 'profile_pending' : process;
}

/**
 * The buttons that run. A button's aria-busy is no use for that: the copy of a busy button that
 * a library shows at "back" would stay busy for ever.
 */
const busyButtons = new Set<HTMLElement>();

async function onPress(auth: Auth, button: HTMLElement): Promise<void> {
  // A consent dialog may be lost, and then the visitor presses again.
  const isConsent = button.dataset.ttminis === 'authorize';
  if (busyButtons.has(button) && !isConsent) return;
  busyButtons.add(button);
  showState(button, true, get(auth.config_.messages, 'busy'));
  try {
    const outcome = await runButton(auth, button);
    showState(button, false, get(auth.config_.messages, outcome));
  } catch (error) {
    showState(button, false, (error as Error).message);
  }
  busyButtons.delete(button);
}

// Turbo and htmx copy a page that the visitor leaves, and show the copy at "back". No button of
// the copy runs.
function resetButtons(): void {
  busyButtons.forEach((button) => showState(button, false, ''));
}

// composedPath() includes open shadow roots. A form's fields cannot shadow its names.
const closest = (event: Event, selector: string): any =>
  event.composedPath().find((each) => matches(each, selector));

// Only real buttons: a sanitizer that allows data attributes still removes buttons.
const BUTTON = 'button[data-ttminis="login"],button[data-ttminis="connect"],button[data-ttminis="authorize"]';
const COPY_EVENTS = ['turbo:before-cache', 'htmx:beforeHistorySave'];
const LOGOUT = '[data-ttminis-logout]';

// A form logs out at its submit, not at the click before.
function onClick(auth: Auth, event: Event): void {
  const link = closest(event, `a${LOGOUT},button${LOGOUT}[type="button"]`);
  if (link && !event.defaultPrevented) onLogout(auth, matches(link, 'button'));
}

function onSubmit(auth: Auth, event: SubmitEvent): void {
  const marked = matches(event.target, LOGOUT) || matches(event.submitter, LOGOUT);
  // A listener of the page that comes after this one may still cancel it.
  if (marked) setTimeout(() => event.defaultPrevented || onLogout(auth, false));
}

// In session mode, the link or form leads to the server. The server ends the session, and its
// middleware sets the cookie that says so. Without the middleware, note the logout here.
function onLogout(auth: Auth, isButton: boolean): void {
  if (!auth.isConfigured_) return;
  if (isTokenMode(auth) || isButton) settled(logout(auth));
  else if (!auth.config_.logoutCookie) noteLogoutWish(auth);
}

/**
 * Listen on the document, so that buttons which the page adds later work as well. The tag loads
 * this file without `defer`: a visitor may press before the page has been parsed. Logouts are
 * heard at the window, after the page's own listeners had their chance to cancel them.
 */
export function watchButtons(auth: Auth): void {
  listen(document, 'click', (event) => {
    const button = closest(event, BUTTON);
    if (button) onPress(auth, button);
  });
  COPY_EVENTS.forEach((event) => listen(document, event, resetButtons));
  listen(window, 'click', (event) => onClick(auth, event));
  listen(window, 'submit', (event) => onSubmit(auth, event));
}
