#!/usr/bin/python3
"""A camera for tests that does what no camera should: a small RTSP server (RFC 2326, interleaved)
that sends the access units of an H.264 byte stream, and misbehaves as it is told.

    odd_camera.py --file stream.h264 --behaviour NAME [--counts FILE]

Prints {"port": …, "url": …} when it listens. --counts FILE (JSON) is written when a client's
stream ends: {"access_units": …, "nals": [[sha256, …], …], "finished": true}, what was sent of good
pictures.
"""
import argparse
import hashlib
import json
import os
import random
import re
import socket
import struct
import sys
import threading
import time

FPS = 25
MTU = 1400


def access_units(path):
    """Lists of NAL units, split at access unit delimiters (ffmpeg -bsf h264_metadata=aud=insert)."""
    with open(path, "rb") as file:
        data = file.read()
    units = []
    for nal in re.split(b"\0?\0\0\x01", data)[1:]:
        if nal[0] & 0x1f == 9 or not units:
            units.append([])
        units[-1].append(nal)
    return units


class Stream:
    """RTP packets over one RTSP connection."""

    def __init__(self, connection):
        self.connection = connection
        self.sequence = 1000
        self.sent = []

    def packet(self, payload, timestamp, marker):
        self.sequence = (self.sequence + 1) & 0xffff
        header = struct.pack(">BBHII", 0x80, 96 | (0x80 if marker else 0), self.sequence,
                             timestamp & 0xffffffff, 0x5ea1)
        rtp = header + payload
        self.connection.sendall(struct.pack(">cBH", b"$", 0, len(rtp)) + rtp)

    def nal(self, nal, timestamp, marker):
        if len(nal) <= MTU:
            self.packet(nal, timestamp, marker)
            return
        kind, body = nal[0] & 0x1f, nal[1:]
        parts = [body[at:at + MTU] for at in range(0, len(body), MTU)]
        for number, part in enumerate(parts):
            first, last = number == 0, number == len(parts) - 1
            flags = (0x80 if first else 0) | (0x40 if last else 0) | kind
            self.packet(bytes([nal[0] & 0xe0 | 28, flags]) + part, timestamp, marker and last)

    def unit(self, unit, timestamp, marker=True):
        for number, nal in enumerate(unit):
            self.nal(nal, timestamp, marker and number == len(unit) - 1)
        self.sent.append([hashlib.sha256(nal).hexdigest() for nal in unit])


def paced(units, fps=FPS):
    """The units at their pace, with their timestamps."""
    start = time.monotonic()
    for number, unit in enumerate(units):
        wait = start + number / fps - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        yield number, unit, 3_000_000 + number * 90000 // fps


def plain(stream, units):
    for _number, unit, timestamp in paced(units):
        stream.unit(unit, timestamp)


def frozen(stream, units):
    """RTP timestamps that stand still, and no marker bits."""
    for _number, unit, _timestamp in paced(units):
        stream.unit(unit, 1234, marker=False)


def forward(stream, units):
    """Media time leaps an hour ahead in the middle."""
    for number, unit, timestamp in paced(units):
        stream.unit(unit, timestamp + (3600 * 90000 if number >= len(units) // 2 else 0))


def backward(stream, units):
    for number, unit, timestamp in paced(units):
        stream.unit(unit, timestamp - (600 * 90000 if number >= len(units) // 2 else 0))


def swift(stream, units):
    """Media time runs at twice the speed of time."""
    for _number, unit, timestamp in paced(units):
        stream.unit(unit, 2 * timestamp)


def garbage(stream, units):
    """Payloads that are no NAL units between good pictures, at the same times."""
    dice = random.Random(7)
    for _number, unit, timestamp in paced(units):
        junk = [
            bytes([28]),                                    # FU-A without a header
            bytes([28, 0x05]) + dice.randbytes(50),         # the middle of nothing
            bytes([24]) + b"\xff\xff" + dice.randbytes(20),   # STAP-A longer than its packet
            bytes([24, 0]),
            b"",
            bytes([29, 0x80 | 5, 0, 0]),                    # FU-B
            bytes([30]) + dice.randbytes(9),                # undefined
        ]
        stream.packet(dice.choice(junk), timestamp - 1800, False)
        stream.unit(unit, timestamp)


def huge(stream, units):
    """After a second, one picture that never ends: fragments at full speed."""
    for number, unit, timestamp in paced(units):
        if number == FPS:
            stream.packet(bytes([0x7c, 0x85]) + bytes(100), timestamp, False)
            for _ in range(16000):
                stream.packet(bytes([0x7c, 0x05]) + b"\x55" * MTU, timestamp, False)
        stream.unit(unit, timestamp + (1 if number > FPS else 0))


def flood(stream, units):
    """Everything at once, many times over."""
    for turn in range(20):
        for number, unit in enumerate(units):
            stream.unit(unit, 3_000_000 + (turn * len(units) + number) * 90000 // FPS)


def liar(stream, units):
    """An interleaved frame that says 65,535 bytes and has ten."""
    for number, unit, timestamp in paced(units):
        if number == 2 * FPS:
            stream.connection.sendall(struct.pack(">cBH", b"$", 0, 65535) + bytes(10))
            return
        stream.unit(unit, timestamp)


def noise(stream, units):
    """Bytes that are neither RTSP nor interleaved frames, for ever."""
    for number, unit, timestamp in paced(units):
        if number == 2 * FPS:
            while True:
                stream.connection.sendall(random.Random(1).randbytes(65536).replace(b"$", b"#"))
        stream.unit(unit, timestamp)


def trickle(stream, units):
    """After a second a byte at a time: connected, and nothing comes of it."""
    for number, unit, timestamp in paced(units):
        if number == FPS:
            for _ in range(600):
                stream.connection.sendall(b"$" if _ == 0 else b"\0")
                time.sleep(0.1)
        stream.unit(unit, timestamp)


BEHAVIOURS = {function.__name__: function for function in (
    plain, frozen, forward, backward, swift, garbage, huge, flood, liar, noise, trickle)}
# These misbehave before there is a stream.
DESCRIPTIONS = ("headers", "nosdp", "longsdp", "jpeg")


class Camera:
    def __init__(self, options):
        self.options = options
        self.units = access_units(options.file) if options.file else []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.url = f"rtsp://127.0.0.1:{self.port}/odd"

    def sdp(self):
        codec = "JPEG" if self.options.behaviour == "jpeg" else "H264"
        lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=odd", "t=0 0",
                 "m=video 0 RTP/AVP 96", f"a=rtpmap:96 {codec}/90000",
                 "a=fmtp:96 packetization-mode=1", "a=control:track1"]
        if self.options.behaviour == "longsdp":
            lines += ["a=x:" + "y" * 1000] * 4000
        return "".join(line + "\r\n" for line in lines)

    def describe(self, connection, cseq):
        behaviour = self.options.behaviour
        if behaviour == "headers":
            connection.sendall(f"RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n".encode())
            while True:
                connection.sendall(b"X-Again: and again\r\n" * 1000)
        body = "" if behaviour == "nosdp" else self.sdp()
        connection.sendall((f"RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\nContent-Base: {self.url}/\r\n"
                            f"Content-Type: application/sdp\r\nServer: odd\r\n"
                            f"Content-Length: {len(body)}\r\n\r\n{body}").encode())

    def answer(self, connection, request):
        method = request.split()[0]
        cseq = re.search(r"CSeq: *(\d+)", request, re.IGNORECASE)[1]
        if method == "DESCRIBE":
            self.describe(connection, cseq)
            return False
        extra = {"OPTIONS": "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n",
                 "SETUP": "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 7\r\n",
                 "PLAY": "Session: 7\r\n"}.get(method, "")
        connection.sendall(f"RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n{extra}\r\n".encode())
        return method == "PLAY"

    def serve(self, connection):
        stream = Stream(connection)
        try:
            text = b""
            while True:
                data = connection.recv(4096)
                if not data:
                    return
                text += data
                while b"\r\n\r\n" in text:
                    request, text = text.split(b"\r\n\r\n", 1)
                    if self.answer(connection, request.decode(errors="replace")):
                        BEHAVIOURS.get(self.options.behaviour, plain)(stream, self.units)
                        return
        except OSError:
            pass
        finally:
            connection.close()
            self.write(stream)

    def write(self, stream):
        if self.options.counts and stream.sent:
            report = {"access_units": len(stream.sent), "nals": stream.sent, "finished": True}
            temporary = f"{self.options.counts}.{os.getpid()}"
            with open(temporary, "w", encoding="utf-8") as out:
                json.dump({"clients": [report]}, out)
            os.replace(temporary, self.options.counts)

    def run(self):
        print(json.dumps({"port": self.port, "url": self.url}), flush=True)
        while True:
            connection, _address = self.socket.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--file")
    parser.add_argument("--behaviour", choices=[*BEHAVIOURS, *DESCRIPTIONS], default="plain")
    parser.add_argument("--counts")
    try:
        Camera(parser.parse_args()).run()
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
