'use strict';
// Required by Node before jsii's runtime starts (see infra/bindings/__init__.py). cdktf captures Node's whole stack for
// each token, which is each attribute that is read. The stack shows frames of jsii and cdktf only, never the Python
// that read the attribute, so tokens get an empty one. A module of another layout runs unchanged.
const Module = require('node:module');
const path = require('node:path');

const STACK_TRACE = path.join('lib', 'tokens', 'private', 'stack-trace.js');

const load = Module._extensions['.js'];
Module._extensions['.js'] = (module, filename) => {
  load(module, filename);
  if (filename.endsWith(STACK_TRACE) && typeof module.exports.captureStackTrace === 'function') {
    module.exports.captureStackTrace = () => [];
  }
};
