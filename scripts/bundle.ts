/**
 * Writes the published form to dist/: src/ and the packages it uses in a few files of CommonJS, which Node loads several
 * times as fast as a thousand modules; source maps beside them, and the licences of what went in.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Plugin, rolldown } from 'rolldown';
import { thirdParty } from './third-party.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');

const REQUIRE = /^const require = createRequire\(import\.meta\.url\);$/m;

/** A module that is required when a function is called goes into the bundle as well, and is run when it is called. */
const requiredLazily: Plugin = {
  name: 'required-lazily',
  transform: (code) => (REQUIRE.test(code) ? { code: code.replace(REQUIRE, ''), map: null } : undefined),
};

const bundle = await rolldown({
  plugins: [requiredLazily],
  cwd: ROOT,
  input: {
    main: 'src/main.ts',
    'sandbox/index': 'src/sandbox/index.ts',
    // What a thread is started with has to be a file of its own.
    'calibration/worker': 'src/calibration/worker.ts',
  },
  platform: 'node',
  // The SDK's modules rather than its CommonJS: of those what nobody uses is left out.
  resolve: { mainFields: ['module', 'main'] },
});
const { output } = await bundle.write({
  dir: DIST,
  // What a module of ECMAScript imports of Node is loaded whole, with what Node itself loads lazily (fetch, WebSocket).
  format: 'cjs',
  dynamicImportInCjs: false,
  // A chunk stands as deep in dist/ as a room in src/, so that `import.meta.url` leads to the same places.
  chunkFileNames: 'chunks/[name].js',
  // Names stay: a stack trace is read by people, and shorter ones load no faster.
  minify: { compress: true, mangle: false, codegen: true },
  comments: { legal: false },
  sourcemap: true,
  sourcemapExcludeSources: true,
});
await bundle.close();

// The package's own modules are ECMAScript; these are not.
writeFileSync(join(DIST, 'package.json'), '{ "type": "commonjs" }\n');
const modules = output.flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []));
writeFileSync(join(DIST, 'THIRD-PARTY.txt'), thirdParty(modules));
