/** The buttons of the template tags, and links and forms that log out. */

import { authorize, logIn, logout } from './calls';
import type { Auth } from './auth';
import { get, listen, matches, settled } from './read';
import { isTokenMode } from './tokens';
import { noteLogoutWish } from './wish';

// aria-disabled and not `disabled`: that would take the keyboard focus away.
function showState(button: HTMLElement, isBusy: boolean, text: unknown): void {
  button.setAttribute('aria-busy', String(isBusy));
  button.setAttribute('aria-disabled', String(isBusy));
  const status = button.nextElementSibling;
  if (matches(status, '[role="status"]')) status!.textContent = String(text || '');
}

// Does what the button is for and resolves to the name of the message about it.
async function runButton(auth: Auth, { dataset }: HTMLElement): Promise<string> {
  const { ttminis: process, scope, returnScopes } = dataset;
  if (process !== 'authorize') return logIn(auth, process!).then(() => process!);
  const detail = await authorize(auth, { scope, returnScopes: returnScopes === 'true' });
  return detail.ttminis.profile_pending ? 'profile_pending' : process;
}

/** Not what the button says of itself: a copy of it that a library has kept says so for ever. */
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

// Turbo and htmx copy a page that the visitor leaves, and show the copy at "back". Nothing is
// under way there.
function resetButtons(): void {
  busyButtons.forEach((button) => showState(button, false, ''));
}

// The way of an event leads through open shadow roots, and no form on it can hide a name.
const closest = (event: Event, selector: string): any =>
  event.composedPath().find((each) => matches(each, selector));

// Only a real button: sanitisers that let data attributes through take buttons away.
const BUTTON = 'button[data-ttminis="login"],button[data-ttminis="connect"],button[data-ttminis="authorize"]';
const COPY_EVENTS = ['turbo:before-cache', 'htmx:beforeHistorySave'];
const LOGOUT = '[data-ttminis-logout]';

// A form submits: what it says counts then, and not at the click before it.
function onClick(auth: Auth, event: Event): void {
  const link = closest(event, `a${LOGOUT},button${LOGOUT}[type="button"]`);
  if (link && !event.defaultPrevented) onLogout(auth, matches(link, 'button'));
}

function onSubmit(auth: Auth, event: SubmitEvent): void {
  const marked = matches(event.target, LOGOUT) || matches(event.submitter, LOGOUT);
  // A listener of the page that comes after this one may still cancel it.
  if (marked) setTimeout(() => event.defaultPrevented || onLogout(auth, false));
}

// By cookie, the link or form leads to the server, which ends the session and says so. Where
// its middleware is missing, the visitor's wish is noted here at least.
function onLogout(auth: Auth, isButton: boolean): void {
  if (!auth.isConfigured_) return;
  if (isTokenMode(auth) || isButton) settled(logout(auth));
  else if (!auth.config_.logoutCookie) noteLogoutWish(auth);
}

/**
 * Nobody waits for the end of the page to press a button of it, so the tag loads this file
 * without `defer`. Listening on the document serves the buttons that the page adds later; what
 * the page's own listeners there have cancelled is known at the window.
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
