'use strict';
// Required by Node before jsii's runtime starts (see infra/bindings/__init__.py). jsii's entry point starts a second
// Node and copies every message from its own standard streams to that process's file descriptor 3, and back. Here the
// program runs in the first process, and descriptor 3 stands for standard input and output. A runtime that holds
// anything else runs unchanged. The JSON that `frame` writes is the one that jsii's entry point writes for the
// program's console, and that the Python side expects on standard error.
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const { Writable } = require('node:stream');

const ENTRY_POINT = path.join('bin', 'jsii-runtime.js');
const [STDIN, STDOUT, STDERR, MESSAGES] = [0, 1, 2, 3];

const load = Module._extensions['.js'];
Module._extensions['.js'] = (module, filename) => {
  if (!filename.endsWith(ENTRY_POINT)) return load(module, filename);
  const program = path.join(path.dirname(filename), '..', 'lib', 'program.js');
  if (!startsProgram(filename) || !usesMessages(program)) return load(module, filename);
  // The relay passes this option to the program, which reads it here and then links packages instead of copying them.
  process.execArgv.push('--preserve-symlinks');
  redirectStreams();
  module.exports = module.require(program);
};

function startsProgram(filename) {
  return fs.readFileSync(filename, 'utf8').includes('"lib","program.js"');
}

function usesMessages(program) {
  return fs.existsSync(program) && fs.readFileSync(program, 'utf8').includes('readFD:3,writeFD:3');
}

function redirectStreams() {
  const { readSync, writeSync } = fs;
  const frame = (name, chunk) => {
    writeSync(STDERR, `${JSON.stringify({ [name]: Buffer.from(chunk).toString('base64') })}\n`);
  };
  fs.readSync = (descriptor, ...rest) => readSync(descriptor === MESSAGES ? STDIN : descriptor, ...rest);
  fs.writeSync = (descriptor, ...rest) => writeSync(descriptor === MESSAGES ? STDOUT : descriptor, ...rest);
  for (const [name, descriptor] of Object.entries({ stdout: STDOUT, stderr: STDERR })) {
    const stream = new Writable({
      write(chunk, _encoding, done) {
        frame(name, chunk);
        done();
      },
    });
    stream.fd = descriptor;
    Object.defineProperty(process, name, { get: () => stream });
  }
}
