/*
 * The JSON of records' bodies: I-JSON (RFC 7493) without blanks between tokens, without duplicate
 * members, without fractions, without U+0000. JSON.parse takes all of these, so it is used for
 * strings only.
 */
const DEPTH_MAX = 16;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?![0-9.eE])/y;
const FORBIDDEN = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const words = new Map([['true', true], ['false', false], ['null', null]]);

class Malformed extends Error {}

class Reader {
    #text;
    #at = 0;

    constructor(text) {
        this.#text = text;
    }

    whole() {
        const value = this.#value(0);
        if (this.#at !== this.#text.length) throw new Malformed();
        return value;
    }

    #value(depth) {
        const letter = this.#text[this.#at];
        if (depth > DEPTH_MAX) throw new Malformed();
        if (letter === '{') return this.#object(depth);
        if (letter === '[') return this.#array(depth);
        if (letter === '"') return this.#string();
        for (const [word, value] of words) {
            if (this.#text.startsWith(word, this.#at)) {
                this.#at += word.length;
                return value;
            }
        }
        const number = Number(this.#match(NUMBER));
        if (!Number.isSafeInteger(number)) throw new Malformed();
        return number;
    }

    #object(depth) {
        const object = Object.create(null); // no member has a meaning of its own
        this.#list('}', () => {
            const name = this.#string();
            this.#expect(':');
            if (name in object) throw new Malformed();
            object[name] = this.#value(depth + 1);
        });
        return object;
    }

    #array(depth) {
        const array = [];
        this.#list(']', () => array.push(this.#value(depth + 1)));
        return array;
    }

    #list(end, readOne) {
        this.#at++;
        if (this.#text[this.#at] === end) {
            this.#at++;
            return;
        }
        readOne();
        while (this.#text[this.#at] === ',') {
            this.#at++;
            readOne();
        }
        this.#expect(end);
    }

    #string() {
        const string = JSON.parse(this.#match(STRING));
        if (FORBIDDEN.test(string)) throw new Malformed();
        return string;
    }

    #match(pattern) {
        pattern.lastIndex = this.#at;
        const found = pattern.exec(this.#text);
        if (found === null) throw new Malformed();
        this.#at += found[0].length;
        return found[0];
    }

    #expect(letter) {
        if (this.#text[this.#at++] !== letter) throw new Malformed();
    }
}

/* The value, undefined if it is not in this form. */
export function readJson(text) {
    try {
        return new Reader(text).whole();
    } catch (error) {
        if (error instanceof Malformed) return undefined;
        throw error;
    }
}
