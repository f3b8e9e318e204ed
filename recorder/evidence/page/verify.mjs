/* verify.html's core as a command, for tests: node verify.mjs PACKAGE [--trust …] --json */
import { checkPackage } from './core/package.js';

console.log(JSON.stringify(await checkPackage()));
