// SPDX-License-Identifier: Apache-2.0
// Run the Khronos validator over .glb files: validate_glb.mjs FILE...
// Prints one line a file; exits 1 when any has an error or a warning.
import {readFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {createRequire} from 'node:module';

const require = createRequire(new URL('node/', import.meta.url));
const validator = require('gltf-validator');

// What a .gltf names lies beside it.
const beside = (file) => async (uri) =>
  new Uint8Array(await readFile(join(dirname(file), decodeURIComponent(uri))));

const files = process.argv.slice(2);
let bad = files.length === 0;
for (const file of files) {
  const report = await validator.validateBytes(new Uint8Array(await readFile(file)),
                                               {uri: file, maxIssues: 20,
                                                externalResourceFunction: beside(file)});
  const {numErrors, numWarnings, messages} = report.issues;
  console.log(`${file}: ${numErrors} errors, ${numWarnings} warnings, ` +
              `${report.info.totalTriangleCount} triangles`);
  for (const message of messages)
    if (message.severity < 2)
      console.log(`  ${message.code} at ${message.pointer}: ${message.message}`);
  if (numErrors || numWarnings)
    bad = true;
}
process.exit(bad ? 1 : 0);
