/* Times as people read them: local, with the zone; from seconds since 1970. */
const two = (number) => String(Math.trunc(number)).padStart(2, '0');

export function zoneText(at) {
    const minutes = -new Date(at * 1000).getTimezoneOffset();
    return `${minutes < 0 ? '−' : '+'}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
}

export function dayText(at) {
    const date = new Date(at * 1000);
    return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/* digits: of the second's fraction, 0 to 3 */
export function clockText(at, digits = 0) {
    const whole = Math.floor(at * 1000 + 0.0005);
    const date = new Date(whole);
    const fraction = digits > 0
        ? `.${String(date.getMilliseconds()).padStart(3, '0').slice(0, digits)}` : '';
    return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}${fraction}`;
}

export const fullText = (at, digits = 0) => `${dayText(at)} ${clockText(at, digits)}`;
export const zonedText = (at, digits = 0) => `${fullText(at, digits)} UTC${zoneText(at)}`;

/* 1:02:03 */
export function durationText(seconds) {
    const whole = Math.round(seconds);
    const minutes = `${two((whole % 3600) / 60)}:${two(whole % 60)}`;
    return whole >= 3600 ? `${Math.trunc(whole / 3600)}:${minutes}` : minutes;
}
