/* As the recorder's utf8_visible (base/utf8.c): what hides, or turns the text around it, is spelt
 * out, so that nothing reads as what it is not. */
const HIDDEN = /[\0-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

export const visible = (text) => String(text).replace(HIDDEN,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
