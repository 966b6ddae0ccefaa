/**
 * Read what others wrote, and the browser's own properties, without falling for names.
 *
 * Some sites show markup of their visitors and keep its ids and names. An attacker writes
 * <img name="cookie"> there, and document.cookie is the image from then on; <p
 * id="addEventListener"> does the same to the window. So the browser's properties are taken
 * from the prototypes. Another script of the page may write to Object.prototype; what stands
 * there is nobody's answer.
 */

/** Return a property, unless it is one that every object has. */
export function get(holder: unknown, key: string): any {
  if (holder == null) return undefined;
  const isEverywhere = key in Object.prototype;
  return isEverywhere && !hasOwn(holder, key) ? undefined : (holder as any)[key];
}

/** Follow several keys; what is missing on the way is undefined. */
export const at = (holder: unknown, ...keys: string[]): any => keys.reduce(get, holder);

const hasOwn = (holder: unknown, key: string): boolean =>
  Object.prototype.hasOwnProperty.call(holder, key);

/** Return a global that a script defined; an element's id does not count. */
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

/** Settle when the promise does, whatever becomes of it. */
export const settled = (promise: Promise<unknown>): Promise<void> =>
  promise.then(nothing, nothing);

export const nothing = (): void => undefined;
