/* The guards' guide, over whatever page one is on; printed, it is one sheet. */
import guides from 'guide';
import { element } from '../../../../recorder/evidence/page/player/dom.js';

function built(part) {
    if (typeof part === 'string') return part;
    const [kind, ...parts] = part;
    if (kind === 'img') return element('img', { src: parts[0], alt: parts[1] });
    return element(kind, kind === 'th' ? { scope: 'col' } : {}, parts.map(built));
}

const text = (language) => guides[language === 'zh' ? 1 : 0].map(built);

/* One sheet and nothing else: paper of its own needs it outside of the box. */
function print(language) {
    const sheet = element('section', { class: 'guide-text guide-sheet' }, text(language));
    document.body.append(sheet);
    document.body.classList.add('prints-guide');
    window.addEventListener('afterprint', () => {
        sheet.remove();
        document.body.classList.remove('prints-guide');
    }, { once: true });
    window.print();
}

/* Until it is closed, also by Esc. */
export function showGuide({ say, language }) {
    const button = (key, kind, act) => element('button', { type: 'button', class: kind, onclick: act }, say(key));
    const box = element('dialog', { class: 'dialog guide', 'aria-label': say('help') },
        element('div', { class: 'guide-buttons' }, button('print', 'plain', () => print(language)),
            button('close', null, () => box.close())), element('div', { class: 'guide-text' }, text(language)));
    box.addEventListener('close', () => box.remove());
    document.body.append(box);
    box.showModal();
}
