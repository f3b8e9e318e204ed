/* What the pages say, in the language of whoever looks: { key: [English, Chinese] }, by page. */
import { texts as accounts } from './texts/accounts.js';
import { texts as advice } from './texts/advice.js';
import { texts as alarms } from './texts/alarms.js';
import { texts as common } from './texts/common.js';
import { texts as entries } from './texts/entries.js';
import { texts as evidence } from './texts/evidence.js';
import { texts as register } from './texts/register.js';
import { texts as report } from './texts/report.js';
import { texts as state } from './texts/state.js';
import { texts as video } from './texts/video.js';

export const texts = {
    ...common, ...entries, ...video, ...alarms, ...advice, ...evidence, ...register, ...report, ...state,
    ...accounts,
};

export function sayer(language) {
    const index = language === 'zh' ? 1 : 0;
    return (key, values = {}) => texts[key][index].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

export const isText = (key) => Object.hasOwn(texts, key);

/* As the browser asks; what was chosen on this screen before counts more. */
export function languageOf(browser, kept) {
    if (kept === 'zh' || kept === 'en') return kept;
    return (browser.languages ?? [browser.language]).map((tag) => tag.slice(0, 2).toLowerCase())
        .find((tag) => tag === 'zh' || tag === 'en') ?? 'en';
}
