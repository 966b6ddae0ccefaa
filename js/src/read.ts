/**
 * Read answers and the browser's properties so that an attacker's markup cannot replace them.
 *
 * Some sites show markup of their visitors with its ids and names. If an attacker writes
 * <img name="cookie"> there, document.cookie is that image; <p id="addEventListener"> does the
 * same to the window. So read the browser's properties from the prototypes. Another script of
 * the page may write to Object.prototype: such a property is no part of an answer.
 */

/** Return a property, unless the object inherits it from Object.prototype. */
export function get(holder: unknown, key: string): any {
  if (holder == null) return undefined;
  const isEverywhere = key in Object.prototype;
  return isEverywhere && !hasOwn(holder, key) ? undefined : (holder as any)[key];
}

/** Follow several keys; return undefined if one is missing. */
export const at = (holder: unknown, ...keys: string[]): any => keys.reduce(get, holder);

const hasOwn = (holder: unknown, key: string): boolean =>
  Object.prototype.hasOwnProperty.call(holder, key);

/** Return a global that a script has defined, and never an element with that id. */
export const ownGlobal = (name: string): any =>
  hasOwn(window, name) ? (window as any)[name] : undefined;

export const documentProperty = (name: string): any => Reflect.get(Document.prototype, name, document);

export function listen(
  target: EventTarget,
  type: string,
  listener: (event: any) => void,
  capture?: boolean,
): void {
  EventTarget.prototype.addEventListener.call(target, type, listener, capture);
}

export const queryAll = (selector: string): any[] => [
  ...documentProperty('querySelectorAll').call(document, selector),
];

export const matches = (element: unknown, selector: string): boolean =>
  element instanceof Element && Element.prototype.matches.call(element, selector);

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** Resolve when the promise settles, also if it rejects. */
export const settled = (promise: Promise<unknown>): Promise<void> =>
  promise.then(nothing, nothing);

export const nothing = (): void => undefined;
