/** The documents print the table of the state machine and the sizes of the built files. */

import { readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { expect, it } from 'vitest';

import { TABLE } from '../src/machine';

const PAGE = new URL('../../docs/reference/script.rst', import.meta.url);
const BUILT = new URL('../../ttminis_auth/static/ttminis_auth/', import.meta.url);
const HEADS = ['state', 'event', 'actions', 'next state'];

/** Return the table as reStructuredText. */
export function printed(): string {
  const rows: string[][] = [];
  for (const [state, reactions] of Object.entries(TABLE)) {
    for (const [event, [next, ...actions]] of Object.entries(reactions)) {
      const done = actions.map((each) => `\`\`${each}\`\``).join(', ') || 'none';
      rows.push([`\`\`${state}\`\``, `\`\`${event}\`\``, done, `\`\`${next}\`\``]);
    }
  }
  const widths = HEADS.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at]!.length)));
  const line = (cells: string[]): string =>
    cells.map((cell, at) => cell.padEnd(widths[at]!)).join('  ').trimEnd();
  const rule = widths.map((width) => '='.repeat(width)).join('  ');
  return [rule, line(HEADS), rule, ...rows.map(line), rule].join('\n');
}

it('docs/reference/script.rst prints the table of the state machine', () => {
  expect(readFileSync(PAGE, 'utf8')).toContain(`\n${printed()}\n`);
});

it.each(['ttminis-auth.js', 'ttminis-auth.token.js', 'ttminis-auth.esm.js'])(
  'docs/reference/script.rst prints the sizes of %s',
  (name) => {
    const file = readFileSync(new URL(name, BUILT));
    const lines = readFileSync(PAGE, 'utf8').split('\n');
    const row = lines.find((line) => line.includes(`\`${name}\``) && line.endsWith('kB'));
    const sizes = [file, gzipSync(file), brotliCompressSync(file)].map((each) => each.length / 1000);
    const printed = row!.match(/[\d.]+(?= kB)/g)!.map(Number);
    expect(printed).toHaveLength(3);
    // Each version of Node compresses a little differently.
    printed.forEach((kB, place) => expect(Math.abs(kB - sizes[place]!)).toBeLessThan(0.1));
  },
);
