/**
 * The browser's storage, which outlives the page: for logouts, tokens and the latest login.
 *
 * If storage is blocked, even reading `window.localStorage` throws. A copy in memory then serves
 * until the page is left.
 */

import type { Auth } from './auth';

type Area = 'localStorage' | 'sessionStorage';

export function readStored(auth: Auth, area: Area, key: string): string {
  const { memory_: memory } = auth;
  try {
    const stored = window[area].getItem(key);
    // Some sites clear localStorage at a logout, and would remove the note of the logout with it.
    if (stored && area === 'localStorage') memory[key] = stored;
    return stored || memory[key] || '';
  } catch (blocked) {
    return memory[key] || '';
  }
}

export function writeStored(auth: Auth, area: Area, key: string, value: string): void {
  auth.memory_[key] = value;
  try {
    if (value) window[area].setItem(key, value);
    else window[area].removeItem(key);
    // Without this copy, clearing sessionStorage also removes a token or the latest login.
    if (area === 'sessionStorage') delete auth.memory_[key];
  } catch (blocked) {
    // The copy in memory serves.
  }
}

export function isStored(area: Area, key: string): boolean {
  try {
    return window[area].getItem(key) !== null;
  } catch (blocked) {
    return false;
  }
}
