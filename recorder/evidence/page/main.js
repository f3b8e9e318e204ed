import { App } from './view/app.js';

const language = (navigator.languages ?? [navigator.language]).map((tag) => tag.slice(0, 2).toLowerCase())
    .find((tag) => tag === 'zh' || tag === 'en') ?? 'en';

globalThis.sealroom = new App(document.getElementById('page'), language);
