import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesOf, inOrder, stateWords } from '../../../firmware/console/page/parts/account_words.js';
import { isText, sayer } from '../../../firmware/console/page/say.js';

const NOW = Date.UTC(2026, 10, 23);
const li = {
    account: 'li', state: 'active', altered: false, must_change: false, locked_until: 0, password_until: NOW + 1,
};
const words = (more, language = 'en') => stateWords(sayer(language), { ...li, ...more }, NOW);

test('an account is offered what its state allows', () => {
    const changes = (more) => changesOf({ ...li, ...more }, 'security');
    assert.ok(changes({}).includes('disable') && !changes({}).includes('enable') && !changes({}).includes('unlock'));
    assert.ok(changes({ state: 'locked' }).includes('unlock'));
    assert.ok(changes({ state: 'disabled' }).includes('enable') && !changes({ state: 'disabled' }).includes('disable'));
    assert.deepEqual(changes({ state: 'closed' }), []);
    assert.deepEqual(changes({ state: 'not known yet' }), []);
});

test('one that was altered is set anew or closed, and nothing else', () => {
    for (const state of ['active', 'locked', 'disabled']) {
        assert.deepEqual(changesOf({ ...li, state, altered: true }, 'security'), ['password', 'close']);
    }
    assert.deepEqual(changesOf({ ...li, state: 'closed', altered: true }, 'security'), []);
});

test('nobody is offered to change his own account', () => {
    assert.deepEqual(changesOf(li, 'li'), []);
});

test('every change has its words, in both languages', () => {
    for (const change of ['create', ...changesOf({ ...li, state: 'locked' }, ''), 'enable']) {
        assert.ok(isText(`change_${change}`) && isText(`changeWords_${change}`), change);
    }
});

test('how an account is, is said in words', () => {
    assert.deepEqual(words({}), ['active', '']);
    assert.match(words({ must_change: true })[1], /changed at the next log-in/);
    assert.match(words({ password_until: NOW })[1], /expired/);
    assert.match(words({ state: 'locked', locked_until: NOW })[0], /^locked until 2026-11-2\d /);
    assert.equal(words({ state: 'locked' })[0], 'locked until somebody unlocks it');
    assert.deepEqual(words({ state: 'disabled', must_change: true }, 'zh'), ['已停用', '']);
    const [altered, advice] = words({ altered: true, state: 'locked' });
    assert.match(altered, /ALTERED/);
    assert.match(advice, /new password, or close it/);
    assert.deepEqual(words({ altered: true, state: 'closed' }), ['closed for ever', '']);
});

test('what needs somebody stands first, what is closed last', () => {
    const list = [{ ...li, account: 'wu' }, { ...li, account: 'an', state: 'closed' }, li,
        { ...li, account: 'zhao', altered: true }];
    assert.deepEqual(inOrder(list).map(({ account }) => account), ['zhao', 'li', 'wu', 'an']);
});
