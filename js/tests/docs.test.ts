/** The table that the documents print is the machine's own. */

import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { TABLE } from '../src/machine';

const PAGE = new URL('../../docs/reference/script.rst', import.meta.url);
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
