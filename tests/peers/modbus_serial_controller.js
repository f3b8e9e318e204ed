// The simulated controller's log and cursor once more, and a latch, on another Modbus server: npm's
// modbus-serial 8, so that one library's view of the protocol is not the only one. The register
// maps are the layout `simulated` of door_controller.py and that of door/profiles/inveo-…; a latch
// takes the next event only when the one before was released, and what it holds is gone when it
// restarts.
//
//     NODE_PATH=… node modbus_serial_controller.js '{"model": "cursor", "count": 100, "rate": 50}'
//
// More options: `faults`, chances of what a request can meet, as door_controller.py names them;
// `delay_ms`; `reboot_every_s` on average, `reboot_s`. Prints {"port": N}, then a line for each
// "entry", "lost", "fault", "reboot", and "done". Ends with its input.
"use strict";
const net = require("net");
const { ServerTCP } = require("modbus-serial");

const options = {
    faults: {}, delay_ms: 300, reboot_every_s: 0, reboot_s: 0.1, ...JSON.parse(process.argv[2]),
};
let boots = 1;
let isDown = false;
let isProducing = true;
let spoiling = null; // what the answer to the present request meets
let server = null;

function say(what) {
    process.stdout.write(JSON.stringify(what) + "\n");
}

function refuse(code) {
    return Object.assign(new Error("refused"), { modbusErrorCode: code });
}

function cut() {
    for (const socket of server.socks.keys()) {
        socket.destroy();
    }
}

function whole(count, from) {
    return from + Math.floor(Math.random() * count);
}

function meetFault() {
    for (const [name, chance] of Object.entries(options.faults)) {
        if (Math.random() < chance) {
            say({ kind: "fault", name });
            return name;
        }
    }
    return null;
}

// Calls perform() unless the request meets something before. modbus-serial hands on a request a
// moment after it came: one that came before a restart is gone with it, as all else is.
function whenAsked(answer, perform) {
    if (isDown) {
        return;
    }
    const fault = meetFault();
    spoiling = null;
    if (fault === "exception") {
        answer(refuse(Math.random() < 0.5 ? 4 : 6));
    } else if (fault === "cut_before") {
        cut();
    } else {
        spoiling = fault;
        perform();
    }
}

// What an answer meets on its way.
const spoilers = {
    cut_after: (socket) => socket.destroy(),
    garbage: (socket, send) => send(Buffer.from(Array.from(Array(whole(39, 1)), () => whole(256, 0)))),
    truncated: (socket, send, packet) => send(packet.subarray(0, whole(packet.length - 1, 1))),
    delay: (socket, send, packet) => setTimeout(() => socket.destroyed || send(packet),
                                                options.delay_ms),
};

function attend(socket) {
    const send = socket.write.bind(socket);
    socket.setNoDelay(true);
    if (isDown) {
        socket.destroy();
    }
    socket.write = (packet) => {
        const spoiler = spoilers[spoiling];
        spoiling = null;
        if (spoiler) {
            spoiler(socket, send, packet);
        } else {
            send(packet);
        }
    };
}

// ---- the latch ----

const coils = { 1016: false, 1017: true };
let held = 0;

function fillLatch() {
    if (!isDown && !coils[1016] && held < options.count) {
        held++;
        coils[1016] = true;
        say({ kind: "entry", n: held });
    }
    return held;
}

function restartLatch() {
    if (coils[1016]) {
        say({ kind: "lost", n: held });
    }
    coils[1016] = false;
    coils[1017] = true;
}

const latch = {
    produce: fillLatch,
    restart: restartLatch,
    vector: {
        // One call a coil; a request's first one meets what the request does.
        getCoil(address, unit, answer) {
            const perform = () => answer(address in coils ? null : refuse(2), coils[address]);
            if (address === 1016) {
                whenAsked(answer, perform);
            } else {
                perform();
            }
        },
        setCoil(address, value, unit, answer) {
            whenAsked(answer, () => {
                coils[address] = value;
                answer(null);
            });
        },
        getMultipleHoldingRegisters(address, length, unit, answer) {
            const known = address === 1002 && length === 10;
            const words = [0, 0, 0, 0, 0, 0, 0, 0, held >>> 16, held & 0xffff];
            whenAsked(answer, () => answer(known ? null : refuse(2), known ? words : undefined));
        },
    },
};

// ---- the log with a cursor ----

const log = [];
let unread = 0;
let window = null;
let wasRead = true;

function addRecord() {
    const number = log.length + 1;
    const record = {
        kind: "entry", n: number, seq: (number - 1) % 65535 + 1, boot: boots,
        at: Date.now() / 1000, event: ["access_granted", "opened", "closed"][number % 3],
        door: number % 2 + 1, card: number % 3 === 0 ? 10482000 + number : 0, reason: "none",
        clock_fault: false,
    };
    log.push(record);
    unread++;
    say(record);
    return number;
}

function registers() {
    const shown = Math.min(unread, 0xffff);
    const words = { 100: shown, 101: boots, 102: 0 };
    const record = window;
    const code = { access_granted: 1, opened: 16, closed: 17 };
    const at = new Date(record ? record.at * 1000 : 0);
    const list = record === null ? Array(14).fill(0) : [
        record.seq, shown, at.getUTCFullYear() - 2000 << 8 | at.getUTCMonth() + 1,
        at.getUTCDate() << 8 | at.getUTCHours(), at.getUTCMinutes() << 8 | at.getUTCSeconds(),
        at.getUTCMilliseconds(), 0x8000, code[record.event], record.door, 1, 0,
        record.card >>> 16, record.card & 0xffff, record.boot];
    list.forEach((word, index) => { words[201 + index] = word; });
    return words;
}

function readRegisters(address, length, answer) {
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
}

function select(address, value, answer) {
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
}

const cursor = {
    produce: addRecord,
    restart() {
        wasRead = true;
    },
    vector: {
        getMultipleHoldingRegisters(address, length, unit, answer) {
            whenAsked(answer, () => readRegisters(address, length, answer));
        },
        setRegister(address, value, unit, answer) {
            whenAsked(answer, () => select(address, value, answer));
        },
    },
};

// ---- either ----

const model = { cursor, latch }[options.model];

function produce() {
    // After the last event nothing else comes that could tell of what a restart loses.
    isProducing = model.produce() < options.count;
    if (isProducing || coils[1016]) {
        setTimeout(produce, 1000 / options.rate);
        return;
    }
    say({ kind: "done" });
}

function restartNowAndThen() {
    if (!options.reboot_every_s) {
        return;
    }
    setTimeout(() => {
        if (!isProducing) {
            return;
        }
        boots++;
        model.restart();
        say({ kind: "reboot", boot: boots });
        isDown = true;
        cut();
        setTimeout(() => {
            isDown = false;
            restartNowAndThen();
        }, 1000 * options.reboot_s);
    }, -1000 * options.reboot_every_s * Math.log(1 - Math.random()));
}

function serve(port) {
    server = new ServerTCP(model.vector, { host: "127.0.0.1", port, unitID: 1 });
    server._server.on("connection", attend);
    server.on("serverError", () => {});
    server.on("socketError", () => {});
    server.on("initialized", () => {
        say({ port });
        produce();
        restartNowAndThen();
    });
}

// modbus-serial takes port 0 for 502, so a free one is looked for here.
const probe = net.createServer();
probe.listen(0, "127.0.0.1", () => {
    const { port } = probe.address();
    probe.close(() => serve(port));
});
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
