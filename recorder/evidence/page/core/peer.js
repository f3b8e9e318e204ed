/* Asking somebody behind a message port, a worker or a port to one. Errors come back as errors. */
import { isWantOfMemory } from './memory.js';

export class Peer {
    #target;
    #waiting = new Map();
    #count = 0;

    constructor(target) {
        this.#target = target;
        target.onmessage = ({ data }) => this.#take(data);
        target.onerror = (event) => this.#fail(new Error(event.message ?? 'the worker failed'));
    }

    call(verb, parameters, transfer = [], onProgress = undefined) {
        const id = this.#count++;
        return new Promise((resolve, reject) => {
            this.#waiting.set(id, { resolve, reject, onProgress });
            this.#target.postMessage({ id, verb, parameters }, transfer);
        });
    }

    #take({ id, result, error, progress }) {
        const waiting = this.#waiting.get(id);
        if (waiting === undefined) return;
        if (progress !== undefined) {
            waiting.onProgress?.(...progress);
            return;
        }
        this.#waiting.delete(id);
        if (error === undefined) waiting.resolve(result);
        else waiting.reject(Object.assign(new Error(error.message), { name: error.name }));
    }

    #fail(error) {
        for (const { reject } of this.#waiting.values()) reject(error);
        this.#waiting.clear();
    }
}

/* The other end: verbs[verb](parameters, progress) → result, or { result, transfer } by `answer`. */
export function serve(target, verbs) {
    target.onmessage = async ({ data: { id, verb, parameters } }) => {
        const progress = (...numbers) => target.postMessage({ id, progress: numbers });
        try {
            const { result, transfer } = await verbs[verb](parameters, progress);
            target.postMessage({ id, result }, transfer ?? []);
        } catch (error) {
            const { name, message } = isWantOfMemory(error) ? { name: 'MemoryError' } : error ?? {};
            target.postMessage({ id, error: { name: name ?? 'Error', message: message ?? '' } });
        }
    };
}
