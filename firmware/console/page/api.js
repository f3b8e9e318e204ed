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
        const answer = await this.#fetch(`/api/video/${encodeURIComponent(segment)}/${piece}`, {});
        const verdict = answer.headers.get('Sealroom-Verdict') ?? 'missing';
        if (!answer.ok || (verdict !== 'intact' && verdict !== 'open')) throw new VerdictError(verdict);
        return new Uint8Array(await answer.arrayBuffer());
    }

    async #ask(path, options) {
        const answer = await this.#fetch(path, options);
        const said = await answer.json().catch(() => ({}));
        if (answer.ok) return said;
        const error = new ApiError(answer.status, said.error ?? GONE);
        error.said = said;
        if (answer.status === 401) this.dispatchEvent(new CustomEvent('lost', { detail: said }));
        throw error;
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
