import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clock, day, DAY_MS, dayEnd, dayStart, full } from '../../../firmware/console/page/parts/times.js';

const HOUR_MS = 3_600_000;

function within(zone, act) {
    const before = process.env.TZ;
    process.env.TZ = zone;
    try {
        act();
    } finally {
        if (before === undefined) delete process.env.TZ;
        else process.env.TZ = before;
    }
}

test('a day begins and ends at the local midnight', () => within('Asia/Shanghai', () => {
    const start = dayStart('2026-11-22');
    assert.equal(start, Date.UTC(2026, 10, 21, 16));
    assert.equal(dayEnd(start), start + DAY_MS);
    assert.equal(day(start), '2026-11-22');
    assert.equal(day(dayEnd(start) - 1), '2026-11-22');
    assert.equal(full(start + 1500, 1), '2026-11-22 00:00:01.5');
}));

test('the days on which clocks are moved have 23 and 25 hours', () => within('Europe/Berlin', () => {
    const spring = dayStart('2026-03-29');
    assert.equal(dayEnd(spring) - spring, 23 * HOUR_MS);
    const autumn = dayStart('2026-10-25');
    assert.equal(dayEnd(autumn) - autumn, 25 * HOUR_MS);
    assert.equal(day(dayEnd(autumn)), '2026-10-26');
    assert.equal(clock(dayEnd(autumn)), '00:00:00');
}));

test('a day without a midnight begins when it begins', () => within('Asia/Beirut', () => {
    const start = dayStart('2026-03-29');
    assert.equal(clock(start), '01:00:00');
    assert.equal(day(start - 1), '2026-03-28');
    assert.equal(dayEnd(start) - start, 23 * HOUR_MS);
}));

test('the day before and after is the next one, whichever day it is', () => within('Europe/Berlin', () => {
    for (let at = dayStart('2026-01-01'); at < dayStart('2027-01-01'); at = dayEnd(at)) {
        const next = dayStart(day(at + DAY_MS + DAY_MS / 2));
        assert.equal(next, dayEnd(at));
        assert.equal(dayStart(day(next - DAY_MS + DAY_MS / 2)), at);
    }
}));

test('what is no day begins never', () => {
    for (const text of ['', 'x', '2026-13-01']) assert.ok(Number.isNaN(dayStart(text)), text);
});
