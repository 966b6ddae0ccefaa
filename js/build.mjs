// Builds what the Django package serves; dist.mjs makes the npm package of that.
//
//   node build.mjs           writes ../ttminis_auth/static/ttminis_auth/ttminis-auth*
//   node build.mjs --check   fails where the committed files differ from the sources

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { build } from 'esbuild';
import { minify } from 'terser';

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, '../ttminis_auth/static/ttminis_auth');

// A page has one mode, so the classic files leave out the code of the other: terser removes
// what can never run.
async function bundle(out, entry, format, modes) {
  const { outputFiles } = await build({
    absWorkingDir: here,
    entryPoints: [`src/${entry}.ts`],
    outfile: `${out}.js`,
    bundle: true,
    format,
    target: 'es2020',
    minifySyntax: true,
    define: { BUILT_FOR: JSON.stringify(modes) },
    // Private names end in "_"; public ones never do.
    mangleProps: /[a-z]_$/,
    sourcemap: 'external',
    legalComments: 'none',
    write: false,
  });
  const [map, source] = outputFiles.map((each) => each.text);
  const { code, map: smallMap } = await minify(source, {
    ecma: 2020,
    module: true,
    compress: { passes: 4, unsafe_arrows: true },
    sourceMap: { content: map, url: `${out}.js.map` },
  });
  return { [`${out}.js.map`]: smallMap, [`${out}.js`]: `${code}\n` };
}

// One file of types, from the public ones and the signature of createTTMinisAuth.
function types() {
  const scratch = mkdtempSync(join(tmpdir(), 'ttminis-types-'));
  const tsc = join(here, 'node_modules/.bin/tsc');
  const options = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--rootDir', join(here, 'src')];
  execFileSync(tsc, ['--project', join(here, 'tsconfig.json'), ...options, '--outDir', scratch]);
  const [all, index] = ['types', 'index'].map((each) =>
    readFileSync(join(scratch, `${each}.d.ts`), 'utf8'),
  );
  rmSync(scratch, { recursive: true });
  const own = index.replace(/^(import|export type \*) .*\n/gm, '').replace(/^\/\*\*.*\*\/\n/, '');
  return { 'ttminis-auth.d.ts': `${all.trimEnd()}\n${own.trimEnd()}\n` };
}

export async function outputs() {
  return {
    ...(await bundle('ttminis-auth', 'start', 'iife', 'session')),
    ...(await bundle('ttminis-auth.token', 'start', 'iife', 'token')),
    ...(await bundle('ttminis-auth.esm', 'index', 'esm', 'both')),
    ...types(),
  };
}

function sizes(files) {
  for (const [name, text] of Object.entries(files)) {
    if (!name.endsWith('.js')) continue;
    const brotli = brotliCompressSync(text).length;
    console.log(`${name}: ${text.length} bytes, gzip ${gzipSync(text).length}, brotli ${brotli}`);
  }
}

function check(files) {
  const differs = ([name, text]) =>
    !existsSync(join(target, name)) || readFileSync(join(target, name), 'utf8') !== text;
  const stale = Object.entries(files).filter(differs);
  for (const [name] of stale) console.error(`${name} is not what the sources make: run "make js"`);
  process.exitCode = stale.length ? 1 : 0;
}

function write(files) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(target, name), text);
}

const files = await outputs();
sizes(files);
if (process.argv.includes('--check')) check(files);
else write(files);
