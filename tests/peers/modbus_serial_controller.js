// The simulated controller's log and cursor once more, and a latch, on another Modbus server: npm's
// modbus-serial 8, so that one library's view of the protocol is not the only one. The register
// maps are the layout `simulated` of door_controller.py and that of door/profiles/inveo-…; a latch
// takes the next event only when the one before was released.
//
//     NODE_PATH=… node modbus_serial_controller.js COUNT RATE CUT_CHANCE [latch]
//
// Produces COUNT events, RATE a second; each request cuts its connection with chance CUT_CHANCE.
// Prints {"port": N}, then one line a produced event, then {"kind": "done"}. Ends with its input.
"use strict";
const { ServerTCP } = require("modbus-serial");

const [count, rate, cutChance] = process.argv.slice(2, 5).map(Number);
const isLatch = process.argv[5] === "latch";
const log = [];
let unread = 0;
let window = null;
let wasRead = true;
let server = null;

function say(what) {
    process.stdout.write(JSON.stringify(what) + "\n");
}

const coils = { 1016: false, 1017: true };
let held = 0;

function fillLatch() {
    if (!coils[1016] && held < count) {
        held++;
        coils[1016] = true;
        say({ kind: "entry", n: held });
    }
    setTimeout(fillLatch, 1000 / rate);
}

const latch = {
    getCoil(address, unit, answer) {
        cutNowAndThen();
        answer(address in coils ? null : refuse(2), coils[address]);
    },
    setCoil(address, value, unit, answer) {
        cutNowAndThen();
        coils[address] = value;
        answer(null);
    },
    getMultipleHoldingRegisters(address, length, unit, answer) {
        cutNowAndThen();
        const known = address === 1002 && length === 10;
        answer(known ? null : refuse(2), known ? [0, 0, 0, 0, 0, 0, 0, 0, 0, held] : undefined);
    },
};

function produce() {
    if (log.length === count) {
        say({ kind: "done", n: count });
        return;
    }
    const number = log.length + 1;
    const record = {
        kind: "entry", n: number, seq: (number - 1) % 65535 + 1, boot: 1, at: Date.now() / 1000,
        event: ["access_granted", "opened", "closed"][number % 3], door: number % 2 + 1,
        card: number % 3 === 0 ? 10482000 + number : 0, reason: "none", clock_fault: false,
    };
    log.push(record);
    unread++;
    say(record);
    setTimeout(produce, 1000 / rate);
}

function registers() {
    const words = { 100: unread, 101: 1, 102: 0 };
    const record = window;
    const code = { access_granted: 1, opened: 16, closed: 17 };
    const at = new Date(record ? record.at * 1000 : 0);
    const list = record === null ? Array(14).fill(0) : [
        record.seq, unread, at.getUTCFullYear() - 2000 << 8 | at.getUTCMonth() + 1,
        at.getUTCDate() << 8 | at.getUTCHours(), at.getUTCMinutes() << 8 | at.getUTCSeconds(),
        at.getUTCMilliseconds(), 0x8000, code[record.event], record.door, 1, 0,
        record.card >>> 16, record.card & 0xffff, 1];
    list.forEach((word, index) => { words[201 + index] = word; });
    return words;
}

function cutNowAndThen() {
    if (Math.random() < cutChance) {
        for (const socket of server.socks.keys()) {
            socket.destroy();
        }
    }
}

function refuse(code) {
    return Object.assign(new Error("refused"), { modbusErrorCode: code });
}

const vector = {
    getMultipleHoldingRegisters(address, length, unit, answer) {
        cutNowAndThen();
        const words = registers();
        const list = [];
        for (let at = address; at < address + length; at++) {
            if (!(at in words)) {
                answer(refuse(2));
                return;
            }
            list.push(words[at]);
        }
        wasRead = wasRead || address === 201;
        answer(null, list);
    },
    setRegister(address, value, unit, answer) {
        cutNowAndThen();
        if (address !== 200 || value !== 1 || !wasRead) {
            answer(refuse(address === 200 ? 3 : 2));
            return;
        }
        if (unread > 0) {
            window = log[log.length - unread];
            unread--;
        }
        wasRead = false;
        answer(null);
    },
};

server = new ServerTCP(isLatch ? latch : vector, { host: "127.0.0.1", port: 0, unitID: 1 });
server.on("serverError", () => {});
server.on("socketError", () => {});
server.on("initialized", () => {
    say({ port: server._server.address().port });
    (isLatch ? fillLatch : produce)();
});
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
