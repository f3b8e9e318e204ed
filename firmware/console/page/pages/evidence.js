/*
 * Evidence: a range of time is exported as a package, or held so that nothing of it is deleted; below
 * stand the packages that were made and the holds. The address may carry a range, cameras and doors:
 * #/evidence/FROM/TO/CAMERAS/DOORS (ids by spaces), as the page of an entry does.
 */
import { element, icon } from '../../../../recorder/evidence/page/player/dom.js';
import { Cancelled, ask } from '../parts/dialog.js';
import { Holds } from '../parts/holds.js';
import { MyExports } from '../parts/my_exports.js';
import { PackageView } from '../parts/package.js';
import { Preview } from '../parts/preview.js';
import { secondFields, secondWord } from '../parts/second.js';
import { Selection } from '../parts/selection.js';

const WORDS_LENGTH = 200;
const PHRASE_LENGTH = 99;
const ENCRYPTIONS = { '': 'encryptNone', generated: 'encryptGenerated', typed: 'encryptTyped' };

export class EvidencePage {
    #package;

    constructor(app) {
        this.app = app;
        this.holds = new Holds(app);
        this.side = element('div', { class: 'column' });
        this.node = element('div', { class: 'column evidence' });
        if (app.may('export')) this.#build();
        else this.node.replaceChildren(this.holds.node);
    }

    open([from, to, cameras, doors]) {
        const ids = (text) => (text === undefined ? undefined : text.split(' ').filter(Boolean));
        if (this.selection === undefined || !(Number(to) > Number(from))) return;
        this.selection.setRange(Number(from), Number(to));
        this.selection.pick(ids(cameras), ids(doors));
    }

    close() {
        for (const part of [this.holds, this.exports, this.selection, this.preview, this.#package]) part?.close();
    }

    #build() {
        const { app } = this;
        this.selection = new Selection(app);
        this.preview = new Preview(app);
        this.selection.addEventListener('change', () => this.preview.show(this.selection));
        this.exports = new MyExports(app, (id) => this.#show(id));
        this.exports.dispatch = (rows) => this.#showUnderWay(rows);
        this.side.replaceChildren(this.preview.node);
        this.node.replaceChildren(element('div', { class: 'halves' }, this.#form(), this.side),
            this.exports.node, this.holds.node);
    }

    /* -- what is asked for -- */

    #form() {
        const { say } = this.app;
        this.error = element('p', { class: 'error', role: 'alert', hidden: true });
        this.send = element('button', { type: 'submit' }, say('makePackage'));
        const field = (name, label, input) => element('div', { class: 'field' },
            element('label', { for: `evidence-${name}` }, label), input);
        const words = (name) => element('input', {
            id: `evidence-${name}`, name, required: true, maxlength: WORDS_LENGTH, autocomplete: 'off',
        });
        const form = element('form', { class: 'card column evidence-form' }, element('h1', {}, say('evidenceTitle')),
            element('p', { class: 'hint' }, say('evidenceWords')), this.selection.node,
            element('div', { class: 'pair' }, field('purpose', say('purpose'), words('purpose')),
                field('case', say('caseNumber'), words('case'))), ...this.#encryption(field), this.error,
            element('div', { class: 'axis-buttons' }, this.app.may('hold_set') ? element('button', {
                type: 'button', class: 'plain', onclick: () => this.#hold(),
            }, say('holdRange')) : null, this.send));
        form.addEventListener('submit', (event) => {
            event.preventDefault();
            this.#make(Object.fromEntries(new FormData(form)));
        });
        return form;
    }

    #encryption(field) {
        const { say } = this.app;
        const phrase = element('input', {
            id: 'evidence-phrase', name: 'phrase', type: 'password', maxlength: PHRASE_LENGTH, autocomplete: 'new-password',
            minlength: 12,
        });
        this.phrase = phrase;
        const box = field('phrase', say('passPhrase'), phrase);
        box.append(element('small', {}, say('passPhraseHint')));
        const choice = element('select', {
            id: 'evidence-encrypt', name: 'encrypt', onchange: () => {
                box.hidden = choice.value !== 'typed';
                phrase.required = choice.value === 'typed';
            },
        }, Object.entries(ENCRYPTIONS).map(([value, key]) => element('option', { value }, say(key))));
        box.hidden = true;
        return [field('encrypt', say('encrypt'), choice), box];
    }

    #say(error) {
        this.error.hidden = error === undefined;
        if (error !== undefined) this.error.replaceChildren(icon('cross'), error.message || this.app.say('failed'));
    }

    #hold() {
        try {
            this.#say();
            this.holds.set(this.selection.value);
        } catch (error) {
            this.#say(error);
        }
    }

    /* -- it is made -- */

    async #make({ purpose, case: number, encrypt, phrase }) {
        this.#say();
        this.send.disabled = true;
        try {
            const wish = {
                ...this.selection.value, purpose, case: number, encrypt, phrase: encrypt === 'typed' ? phrase : undefined,
            };
            await this.#ask(wish);
            this.phrase.value = '';
        } catch (error) {
            if (!(error instanceof Cancelled)) this.#say(error);
        } finally {
            this.send.disabled = false;
        }
    }

    /* The second person's dialogue stays while what he types is not right. */
    async #ask(wish) {
        const { say, api, session } = this.app;
        const second = !session.second.export ? undefined : await ask(say, {
            title: say('secondTitle'), words: say('secondWords'), action: say('secondApprove'),
            fields: secondFields(say, true, 'secondApprover'), act: (values) => secondWord(api, 'export', values),
        });
        this.#wait();
        try {
            const made = await api.post('/api/exports', { ...wish, second });
            this.#show(made.id, made.phrase);
        } catch (error) {
            this.side.replaceChildren(...[this.#package?.node, this.preview.node].filter(Boolean));
            throw error;
        }
        this.exports.load();
    }

    /* What is recorded is sealed first, which takes some seconds. */
    #wait() {
        const { say } = this.app;
        this.side.replaceChildren(element('section', { class: 'card column', role: 'status' },
            element('h2', {}, say('makingTitle')), element('progress', { 'aria-label': say('makingTitle') }),
            element('p', {}, say('makingAsked'))), this.preview.node);
    }

    #show(id, phrase) {
        if (this.#package?.id === id) return;
        this.#package?.close();
        this.#package = new PackageView(this.app, id, phrase);
        this.#package.addEventListener('ended', () => this.exports.load());
        this.side.replaceChildren(this.#package.node, this.preview.node);
        this.#package.node.scrollIntoView({ block: 'nearest' });
    }

    /* One that is being made is shown by itself, when somebody comes back to the page. */
    #showUnderWay(rows) {
        const found = rows.find(({ state }) => state === 'making' || state === 'asked');
        if (found !== undefined && this.#package === undefined) this.#show(found.id);
    }
}
