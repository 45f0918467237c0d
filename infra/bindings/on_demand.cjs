'use strict';
// Required by Node before jsii's runtime starts (see infra/bindings/__init__.py). The index of the provider
// package is 2,211 lines of `exports.x = require("./x");`: each becomes a getter that requires on first use. Newer
// bindings, of cdktf's fork (docs/fork.md), wrap it in `__importStar`, which hands modules of TypeScript through.
// An index that holds anything else is run as it stands.
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');

const INDEX = path.join('@cdktf', 'provider-aws', 'lib', 'index.js');
const LINE = /^exports\.(\w+) = (?:__importStar\()?require\("(\.\/[\w-]+(?:\/index)?)"\)\)?;$/gm;

const load = Module._extensions['.js'];
Module._extensions['.js'] = (module, filename) => {
  if (!filename.endsWith(INDEX)) return load(module, filename);
  const source = fs.readFileSync(filename, 'utf8');
  const modules = [...source.matchAll(LINE)];
  if (!modules.length || source.replace(LINE, '').includes('require(')) return load(module, filename);
  Object.defineProperty(module.exports, '__esModule', { value: true });
  for (const [, name, target] of modules) {
    Object.defineProperty(module.exports, name, { enumerable: true, get: () => module.require(target) });
  }
};
