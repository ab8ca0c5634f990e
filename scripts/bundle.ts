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

/**
 * HTTP/2 is asked for by nobody, and Node takes as long to load it as all of undici: undici gets what it takes by itself
 * where Node was built without it.
 */
const HTTP2 = "http2 = require('node:http2')";
const withoutHttp2: Plugin = {
  name: 'without-http2',
  transform(code, id) {
    if (!id.endsWith('undici/lib/dispatcher/client-h2.js')) return undefined;
    if (!code.includes(HTTP2)) throw new Error(`${id} no longer has ${HTTP2}: look again how it loads HTTP/2`);
    return { code: code.replace(HTTP2, 'http2 = { constants: {} }'), map: null };
  },
};

const bundle = await rolldown({
  plugins: [requiredLazily, withoutHttp2],
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
