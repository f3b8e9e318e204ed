/* Elements in one expression: element('button', { class: 'x', onclick: f }, 'text', other, …). All
 * text that the page shows goes through here, and hides nothing: see visible.js. */
import { visible } from './visible.js';

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, properties, children) {
    for (const [name, value] of Object.entries(properties)) {
        if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
        else if (value === true) node.setAttribute(name, '');
        else if (value !== false && value != null) node.setAttribute(name, visible(value));
    }
    node.append(...children.flat().filter((child) => child != null && child !== false)
        .map((child) => (child instanceof Node ? child : visible(child))));
    return node;
}

/* Texts from records, joined: each turns as its own letters want, and none turns its neighbour. */
export const joined = (texts) => texts.filter(Boolean)
    .flatMap((text, i) => [i > 0 ? ' · ' : '', element('bdi', {}, text)]);

export function element(name, properties = {}, ...children) {
    return fill(document.createElement(name), properties, children);
}

export function drawing(name, properties = {}, ...children) {
    return fill(document.createElementNS(SVG, name), properties, children);
}

const icons = {
    play: 'M7 4v16l13-8z',
    pause: 'M6 4h4v16H6zM14 4h4v16h-4z',
    back: 'M17 5v14L8 12zM5 5h2v14H5z',
    forward: 'M7 5v14l9-7zM17 5h2v14h-2z',
    previousEntry: 'M14 6l-6 6 6 6zM20 6l-6 6 6 6zM4 5h2v14H4z',
    nextEntry: 'M10 6l6 6-6 6zM4 6l6 6-6 6zM18 5h2v14h-2z',
    zoomIn: 'M10 3a7 7 0 1 0 4.2 12.6l5.1 5.1 1.4-1.4-5.1-5.1A7 7 0 0 0 10 3zm0 2a5 5 0 1 1 0 10 5 5 0 0 1 0-10zM9 7h2v2h2v2h-2v2H9v-2H7V9h2z',
    zoomOut: 'M10 3a7 7 0 1 0 4.2 12.6l5.1 5.1 1.4-1.4-5.1-5.1A7 7 0 0 0 10 3zm0 2a5 5 0 1 1 0 10 5 5 0 0 1 0-10zM7 9h6v2H7z',
    whole: 'M4 4h6v2H6v4H4zM14 4h6v6h-2V6h-4zM4 14h2v4h4v2H4zM18 14h2v6h-6v-2h4z',
    alone: 'M4 5h16v14H4zM6 7v10h12V7z',
    sound: 'M4 9v6h4l5 4V5L8 9zM16 8a5 5 0 0 1 0 8v-2a3 3 0 0 0 0-4z',
    mute: 'M4 9v6h4l5 4V5L8 9zM15 9.4l1.4-1.4 2.1 2.1L20.600 8 22 9.400 19.900 11.500 22 13.600 20.600 15l-2.100-2.100L16.400 15 15 13.600l2.100-2.100z',
    picture: 'M8 5l1.500-2h5L16 5h5v15H3V5zM12 8a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9zM12 10a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5z',
    save: 'M11 3h2v9l3.500-3.500 1.400 1.400L12 15.800 6.100 9.900l1.400-1.400L11 12zM4 18h16v2H4z',
    check: 'M9.500 17.600L4 12.100l1.800-1.800 3.700 3.700 8.700-8.700L20 7.100z',
    cross: 'M6.200 4.400L12 10.200l5.800-5.800 1.800 1.800L13.800 12l5.800 5.800-1.800 1.800L12 13.800l-5.800 5.800-1.800-1.800L10.200 12 4.400 6.200z',
    part: 'M12 3l10 18H2zM11 9v6h2V9zM11 16.500v2h2v-2z',
    question: 'M12 4a5 5 0 0 0-5 5h2.500a2.500 2.500 0 1 1 3.600 2.200c-1.300.7-2.300 1.600-2.300 3.300v.7h2.500v-.7c0-.600.400-.900 1.200-1.400A5 5 0 0 0 12 4zM10.700 17h2.600v2.800h-2.600z',
};

/* Hands the bytes of a Blob to the user as a file. */
export function saveAs(blob, name) {
    const url = URL.createObjectURL(blob);
    element('a', { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export function icon(name) {
    return drawing('svg', { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' },
        drawing('path', { d: icons[name], 'fill-rule': 'evenodd' }));
}
