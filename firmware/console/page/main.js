import { App } from './app.js';

globalThis.sealroom = new App(document.getElementById('page'));
