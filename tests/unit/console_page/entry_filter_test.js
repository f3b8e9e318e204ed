import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fits, queryOf } from '../../../firmware/console/page/parts/entry_filter.js';
import { dayEnd, dayStart } from '../../../firmware/console/page/parts/times.js';

const entry = {
    number: 7, at: dayStart('2026-11-22') + 5000, door: 'archive', event: 'access_granted', alarm: false,
    person: 'Wang Jianguo 王建国', department: 'Records', credential: '******711',
};

test('empty fields ask for nothing, and everything fits', () => {
    const query = queryOf({ door: '', kind: 'all', find: '  ', day: '' });
    assert.deepEqual(Object.values(query).filter((value) => value !== undefined), []);
    assert.ok(fits(entry, query));
});

test('a door is that door', () => {
    assert.ok(fits(entry, queryOf({ door: 'archive' })));
    assert.ok(!fits(entry, queryOf({ door: 'gate' })));
});

test('a name is found by a part, capitals or not; so is a department', () => {
    for (const find of ['王建', 'wang', ' JIANGUO ', 'records']) assert.ok(fits(entry, queryOf({ find })), find);
    for (const find of ['李', 'access_granted', 'wangj']) assert.ok(!fits(entry, queryOf({ find })), find);
});

test('a masked card is found by its end or the whole of it', () => {
    for (const find of ['711', '11', '004711', '4711']) assert.ok(fits(entry, queryOf({ find })), find);
    for (const find of ['712', '******', '7112']) assert.ok(!fits(entry, queryOf({ find })), find);
    assert.ok(fits({ ...entry, credential: '4711' }, queryOf({ find: '47' })));
    assert.ok(!fits({ ...entry, credential: '******' }, queryOf({ find: '47' })));
    assert.ok(!fits({ at: 1 }, queryOf({ find: '47' })));
});

test('kinds are alarms, those looked at, and those not', () => {
    const seen = { ...entry, reviewed: { by: 'guard' } };
    assert.deepEqual(queryOf({ kind: 'alarm' }).alarm, 'yes');
    assert.ok(!fits(entry, queryOf({ kind: 'alarm' })));
    assert.ok(fits({ ...entry, alarm: true }, queryOf({ kind: 'alarm' })));
    assert.ok(fits(entry, queryOf({ kind: 'open' })) && !fits(seen, queryOf({ kind: 'open' })));
    assert.ok(fits(seen, queryOf({ kind: 'reviewed' })) && !fits(entry, queryOf({ kind: 'reviewed' })));
});

test('a day has its entries and no other', () => {
    const query = queryOf({ day: '2026-11-22' });
    assert.deepEqual([query.from, query.to], [dayStart('2026-11-22'), dayEnd(dayStart('2026-11-22'))]);
    assert.ok(fits(entry, query));
    assert.ok(fits({ ...entry, at: query.from }, query) && fits({ ...entry, at: query.to - 1 }, query));
    assert.ok(!fits({ ...entry, at: query.to }, query) && !fits({ ...entry, at: query.from - 1 }, query));
});
