/**
 * TikTok's addresses of pictures are signed and dead within hours. The initial stands ready
 * beside the picture.
 */

import { listen, matches, queryAll } from './read';

const AVATAR = '[data-ttminis-avatar] > img';

function replacePicture(picture: HTMLImageElement): void {
  picture.hidden = true;
  const initial = picture.nextElementSibling as HTMLElement | null;
  if (initial) initial.hidden = false;
}

// `error` does not bubble, so it is caught on its way down; no handler has to stand in
// the page, where a Content-Security-Policy would forbid it.
export const watchPictures = (): void =>
  listen(
    document,
    'error',
    ({ target }) => {
      if (matches(target, AVATAR)) replacePicture(target);
    },
    true,
  );

export function replaceBrokenPictures(): void {
  queryAll(AVATAR)
    .filter((each) => each.complete && each.naturalWidth === 0)
    .forEach(replacePicture);
}
