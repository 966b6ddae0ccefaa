/** The tables that the documents print are the machine's own, and of the files as built. */

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

it('docs/reference/script.rst prints the table of the machine', () => {
  expect(readFileSync(PAGE, 'utf8')).toContain(`\n${printed()}\n`);
});

const kB = (bytes: Buffer): string => `${(bytes.length / 1000).toFixed(1)} kB`;

it.each(['ttminis-auth.js', 'ttminis-auth.token.js', 'ttminis-auth.esm.js'])(
  'docs/reference/script.rst prints the sizes of %s',
  (name) => {
    const file = readFileSync(new URL(name, BUILT));
    const lines = readFileSync(PAGE, 'utf8').split('\n');
    const row = lines.find((line) => line.includes(`\`${name}\``) && line.endsWith('kB'));
    const sizes = [file, gzipSync(file), brotliCompressSync(file)].map(kB);
    expect(row!.match(/[\d.]+ kB/g)).toEqual(sizes);
  },
);
