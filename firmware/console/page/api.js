/*
 * The console's server, as the pages see it: JSON in and out, pieces of video with their verdict.
 * Every failure is an ApiError with a sentence for people; what the server asks for (to log in, to
 * give a reason) is asked by whoever listens: `lost` when the session is over, `reason` through
 * `askReason`, which must give the look-up that was recorded, or reject.
 */
export class ApiError extends Error {
    constructor(status, { code, text }) {
        super(text);
        this.name = 'ApiError';
        this.status = status;
        this.code = code;
    }
}

/* What a piece of video is that was not given, or is not the one that was sealed. */
export class VerdictError extends Error {
    constructor(verdict) {
        super(verdict);
        this.name = 'VerdictError';
        this.verdict = verdict;
    }
}

const GONE = { code: 'unavailable' };

export class Api extends EventTarget {
    token = '';
    language = 'en';
    askReason = undefined;

    get(path, query = {}) {
        const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
        const text = new URLSearchParams(given).toString();
        return this.#ask(text === '' ? path : `${path}?${text}`, {});
    }

    post(path, body = {}) {
        return this.#ask(path, {
            method: 'POST', body: JSON.stringify(body),
            headers: { 'Content-Type': 'application/json', 'X-Sealroom': this.token },
        });
    }

    /* As `get`, but where a look-up has to be on record first, its reason is asked for; `scope` is
     * the look-up: { what, from, to, cameras?, doors? }. */
    async look(path, query, scope) {
        try {
            return await this.get(path, query);
        } catch (error) {
            if (error.code !== 'reason_needed' || this.askReason === undefined) throw error;
        }
        await this.askReason(scope);
        return this.get(path, query);
    }

    /* A piece of video: its bytes, if they are what was sealed, or what is being recorded now. */
    async piece(segment, piece) {
        const answer = await this.#verified(`/api/video/${encodeURIComponent(segment)}/${piece}`, {});
        return new Uint8Array(await answer.arrayBuffer());
    }

    /* Pieces made anew for who cannot play them (parts/derived.js); `signal` gives it up. */
    async derived(segment, first, last, signal) {
        const answer = await this.#verified(`/api/derived/${encodeURIComponent(segment)}/${first}/${last}`,
            { signal, priority: 'low' });
        return new Uint8Array(await answer.arrayBuffer());
    }

    /* A blob: what a camera showed then, `width` pixels wide at most. */
    async still(camera, at, width, signal) {
        const answer = await this.#verified(`/api/still/${encodeURIComponent(camera)}?at=${at}&width=${width}`,
            { signal, priority: 'low' });
        return answer.blob();
    }

    /* What comes with a verdict, if that is good. */
    async #verified(path, options) {
        const answer = await this.#fetch(path, options);
        const verdict = answer.headers.get('Sealroom-Verdict');
        if (answer.ok && (verdict === 'intact' || verdict === 'open')) return answer;
        if (verdict === null) throw await this.#errorOf(answer);
        throw new VerdictError(verdict);
    }

    async #ask(path, options) {
        const answer = await this.#fetch(path, options);
        if (answer.ok) return answer.json().catch(() => ({}));
        throw await this.#errorOf(answer);
    }

    async #errorOf(answer) {
        const said = await answer.json().catch(() => ({}));
        const error = new ApiError(answer.status, said.error ?? GONE);
        error.said = said;
        if (answer.status === 401) this.dispatchEvent(new CustomEvent('lost', { detail: said }));
        return error;
    }

    async #fetch(path, options) {
        try {
            return await fetch(path, {
                ...options, credentials: 'same-origin', redirect: 'error',
                headers: { 'Accept-Language': this.language, ...options.headers },
            });
        } catch {
            throw new ApiError(0, GONE);
        }
    }
}
