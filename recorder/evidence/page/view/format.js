/* Numbers as people read them. */
export function bytesText(bytes) {
    const units = ['B', 'kB', 'MB', 'GB', 'TB'];
    let value = bytes;
    let unit = 0;
    while (value >= 1000 && unit < units.length - 1) {
        value /= 1000;
        unit++;
    }
    return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export const countText = (number, language) => Number(number).toLocaleString(
    language === 'zh' ? 'zh-CN' : 'en-GB');

/* Rounded up, the coarser the longer: what is estimated from moment to moment must not flicker. */
export function leftSeconds(seconds) {
    const [, step] = [[60, 5], [600, 30], [3600, 60], [Infinity, 300]].find(([below]) => seconds < below);
    return Math.ceil(seconds / step) * step;
}

/* Never 100 % of less than all. */
export const percentText = (share) => `${share >= 1 ? '100' : (Math.floor(share * 1000) / 10).toFixed(1)}%`;

/* In groups of four, for comparing by eye. */
export const grouped = (hex) => hex.replace(/(.{4})(?=.)/g, '$1 ');
