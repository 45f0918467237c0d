'use strict';
// Required by Node before jsii's runtime starts (see infra/bindings/__init__.py). cdktf requires `archiver`, to zip
// assets that are directories, and `semver`, to check the versions of programs. They are 247 of its 379 modules, and
// this stack uses neither. So each file here gets a stand-in that requires the package when it is called or read. A
// file of another name requires its packages at once.
const Module = require('node:module');
const path = require('node:path');

const PACKAGES = {
  [path.join('lib', 'private', 'fs.js')]: 'archiver',
  [path.join('lib', 'validations', 'validate-binary-version.js')]: 'semver',
};

const load = Module._extensions['.js'];
Module._extensions['.js'] = (module, filename) => {
  const file = Object.keys(PACKAGES).find((name) => filename.endsWith(name));
  if (file) {
    module.require = (name) => (name === PACKAGES[file] ? onFirstUse(module, name) : requireNow(module, name));
  }
  load(module, filename);
};

function requireNow(module, name) {
  return Module.prototype.require.call(module, name);
}

function onFirstUse(module, name) {
  return new Proxy(function () {}, {
    apply: (_target, self, values) => Reflect.apply(requireNow(module, name), self, values),
    get: (_target, property) => requireNow(module, name)[property],
  });
}
