#!/usr/bin/python3
"""A camera for tests: an RTSP server that counts, access unit by access unit, what it sent.

Every client gets a pipeline of its own (unless --shared), so what one client was sent is known
exactly. Counted are RTP packets with the marker bit at the payloader's source pad: one an access
unit. With --digests the NAL units in those packets are put together again and the SHA-256 of each
is kept, so a recording can be compared to the bit.

Prints one line when it listens:  {"port": 40123, "url": "rtsp://127.0.0.1:40123/stream"}
Writes --counts FILE (JSON, replaced whole) every half second, on SIGUSR1 and at the end:

    {"port": 40123, "access_units": 250, "clients": [
        {"client": 1, "address": "127.0.0.1", "access_units": 250, "keyframes": 5,
         "finished": true, "late_s": 0.04, "nals": ["<sha256>", ...], "keys": [0, 25, ...]}]}

`keys` are the numbers of the access units that are keyframes; `nals` holds one list an access unit;
`late_s` is how long ago the newest access unit was due, by the one that came least late, or null if
there is none.
"""
import argparse
import hashlib
import json
import os
import signal
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--path", default="/stream")
    parser.add_argument("--codec", choices=["h264", "h265"], default="h264")
    parser.add_argument("--audio", choices=["none", "aac", "opus", "pcmu"], default="none")
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--fps", type=int, default=25)
    parser.add_argument("--gop", type=int, default=25, help="frames from keyframe to keyframe")
    parser.add_argument("--bframes", type=int, default=0)
    parser.add_argument("--slices", type=int, default=1, help="slices a picture (h264)")
    parser.add_argument("--bitrate", type=int, default=800, help="kbit/s")
    parser.add_argument("--pattern", default="ball", help="of videotestsrc")
    parser.add_argument("--name", default="", help="burnt in beside the clock")
    parser.add_argument("--file", help="a pre-encoded MKV, played in a loop by its own clock")
    parser.add_argument("--frames", type=int, default=-1, help="end the stream after so many")
    parser.add_argument("--shared", action="store_true", help="one pipeline for all clients")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--certificate", help="PEM with certificate and key: RTSPS")
    parser.add_argument("--no-parameters", action="store_true",
                        help="parameter sets in the SDP only, never in band")
    parser.add_argument("--counts", help="JSON file to keep up to date")
    parser.add_argument("--digests", action="store_true")
    parser.add_argument("--stall-after", type=float, help="seconds; then no more pictures")
    parser.add_argument("--stall-for", type=float, default=1e9)
    parser.add_argument("--resize-after", type=float, help="seconds; then --resize-to")
    parser.add_argument("--resize-to", default="320x180")
    parser.add_argument("--close-after", type=float, help="seconds; then the client is put out")
    return parser.parse_args()


def video_source(options):
    width, height = options.size.split("x")
    overlay = ""
    if Gst.ElementFactory.find("clockoverlay"):
        text = options.name.replace('"', "").replace("\\", "")
        overlay = ('! clockoverlay halignment=left valignment=top time-format="%F %T" '
                   f'text="{text}" ! timeoverlay halignment=right valignment=bottom ')
    buffers = f"num-buffers={options.frames}" if options.frames > 0 else ""
    raw = f"video/x-raw,format=I420,framerate={options.fps}/1"
    return (f"videotestsrc is-live=true pattern={options.pattern} {buffers} "
            f"! {raw},width={width},height={height} {overlay}"
            f"! videoscale ! capsfilter name=size caps={raw},width={width},height={height} ")


def encoder(options):
    if options.codec == "h264":
        tune = "tune=zerolatency" if options.bframes == 0 else ""
        profile = "main" if options.bframes else "baseline"
        return (f"! x264enc name=encoder {tune} speed-preset=ultrafast bitrate={options.bitrate} "
                f"key-int-max={options.gop} bframes={options.bframes} b-adapt=false "
                f"rc-lookahead=0 sync-lookahead=0 threads=1 sliced-threads=false "
                f'option-string="scenecut=0:slices={options.slices}" '
                f"! video/x-h264,profile={profile} ")
    tune = "tune=zerolatency" if options.bframes == 0 else ""
    return (f"! x265enc name=encoder {tune} speed-preset=ultrafast bitrate={options.bitrate} "
            f"key-int-max={options.gop} option-string=\"bframes={options.bframes}:b-adapt=0:"
            f"scenecut=0:rc-lookahead={max(options.bframes + 1, 5)}:pools=none:frame-threads=1:log-level=0\" ")


def pipeline(options):
    parse = "h264parse" if options.codec == "h264" else "h265parse"
    pay = "rtph264pay" if options.codec == "h264" else "rtph265pay"
    interval = 0 if options.no_parameters else -1
    payloader = f"! {pay} name=pay0 pt=96 config-interval={interval} "
    if options.file:
        path = os.path.abspath(options.file).replace('"', "")
        video = (f'filesrc location="{path}" ! matroskademux ! {parse} '
                 f"! identity name=pace sync=true ")
    else:
        video = video_source(options) + encoder(options) + f"! {parse} "
    audio = {
        "none": "",
        "aac": "audiotestsrc is-live=true wave=ticks ! audio/x-raw,rate=48000,channels=1 "
               "! audioconvert ! voaacenc bitrate=64000 ! rtpmp4gpay name=pay1 pt=97 ",
        "opus": "audiotestsrc is-live=true wave=ticks ! audio/x-raw,rate=48000,channels=2 "
                "! opusenc ! rtpopuspay name=pay1 pt=97 ",
        "pcmu": "audiotestsrc is-live=true wave=ticks ! audio/x-raw,rate=8000,channels=1 "
                "! mulawenc ! rtppcmupay name=pay1 pt=0 ",
    }[options.audio]
    return f"( {video}{payloader} {audio})"


class Depacketizer:
    """NAL units out of RTP payloads (RFC 6184, RFC 7798): what was really sent."""

    def __init__(self, codec):
        self.codec = codec
        self.units = []
        self.unit = []
        self.fragment = b""

    def add(self, packet):
        extension = packet[0] & 0x10
        start = 12 + 4 * (packet[0] & 0x0f)
        if extension:
            start += 4 + 4 * int.from_bytes(packet[start + 2:start + 4], "big")
        end = len(packet) - (packet[-1] if packet[0] & 0x20 else 0)
        payload = packet[start:end]
        if self.codec == "h264":
            self.add_h264(payload)
        else:
            self.add_h265(payload)
        if packet[1] & 0x80:
            self.units.append(self.unit)
            self.unit = []

    def take(self, nal):
        self.unit.append(hashlib.sha256(nal).hexdigest())

    def aggregate(self, payload):
        at = 0
        while at < len(payload):
            size = int.from_bytes(payload[at:at + 2], "big")
            self.take(payload[at + 2:at + 2 + size])
            at += 2 + size

    def add_fragment(self, header, flags, rest):
        self.fragment = header + rest if flags & 0x80 else self.fragment + rest
        if flags & 0x40:
            self.take(self.fragment)

    def add_h264(self, payload):
        kind = payload[0] & 0x1f
        if kind == 24:
            self.aggregate(payload[1:])
        elif kind == 28:
            header = bytes([payload[0] & 0xe0 | payload[1] & 0x1f])
            self.add_fragment(header, payload[1], payload[2:])
        else:
            self.take(payload)

    def add_h265(self, payload):
        kind = payload[0] >> 1 & 0x3f
        if kind == 48:
            self.aggregate(payload[2:])
        elif kind == 49:
            header = bytes([payload[0] & 0x81 | (payload[2] & 0x3f) << 1, payload[1]])
            self.add_fragment(header, payload[2], payload[3:])
        else:
            self.take(payload)


class Client:
    """What one pipeline sent."""

    def __init__(self, number, options):
        self.number = number
        self.options = options
        self.access_units = 0
        self.packets = 0
        self.bytes = 0
        self.finished = False
        self.stalled = False
        self.address = ""
        self.depacketizer = Depacketizer(options.codec)
        self.keys = []
        self.entered = 0
        self.due = None  # when the newest access unit was, by the pipeline's clock
        self.least = 0  # how late the least late one was

    def attach(self, element):
        bin_ = element
        pay = bin_.get_by_name("pay0")
        pay.get_static_pad("src").add_probe(
            Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST
            | Gst.PadProbeType.EVENT_DOWNSTREAM, self.leaving)
        pay.get_static_pad("sink").add_probe(
            Gst.PadProbeType.BUFFER | Gst.PadProbeType.EVENT_FLUSH, self.entering)
        self.pay = pay
        self.bin = bin_
        size = bin_.get_by_name("size")
        options = self.options
        if options.stall_after is not None:
            self.later(options.stall_after, self.stall, True)
            self.later(options.stall_after + options.stall_for, self.stall, False)
        if options.resize_after is not None and size is not None:
            self.later(options.resize_after, self.resize, size)

    @staticmethod
    def later(seconds, call, *args):
        if seconds < 1e6:
            GLib.timeout_add(int(seconds * 1000), lambda: (call(*args), False)[1])

    def stall(self, on):
        self.stalled = on

    def resize(self, size):
        width, height = self.options.resize_to.split("x")
        size.set_property("caps", Gst.Caps.from_string(
            f"video/x-raw,format=I420,framerate={self.options.fps}/1,"
            f"width={width},height={height}"))

    def forget(self):
        """PLAY flushes what was made before it: that never leaves."""
        self.access_units = self.packets = self.bytes = self.entered = 0
        self.due = None
        self.keys = []
        self.depacketizer = Depacketizer(self.options.codec)

    def entering(self, pad, info):
        if info.type & Gst.PadProbeType.EVENT_FLUSH:
            if info.get_event().type == Gst.EventType.FLUSH_STOP:
                self.forget()
            return Gst.PadProbeReturn.OK
        if self.stalled:
            return Gst.PadProbeReturn.DROP
        buffer = info.get_buffer()
        if not buffer.has_flags(Gst.BufferFlags.DELTA_UNIT):
            self.keys.append(self.entered)
        self.entered += 1
        self.time(pad, buffer)
        return Gst.PadProbeReturn.OK

    def time(self, pad, buffer):
        clock = self.bin.get_clock()
        segment = pad.get_sticky_event(Gst.EventType.SEGMENT, 0).parse_segment()
        if clock is None:
            return
        is_first = self.due is None
        self.due = self.bin.get_base_time() + segment.to_running_time(Gst.Format.TIME, buffer.pts)
        late = clock.get_time() - self.due
        self.least = late if is_first else min(self.least, late)

    def late_s(self):
        clock = self.bin.get_clock()
        if self.due is None or clock is None:
            return None
        return (clock.get_time() - self.due - self.least) / 1e9

    def count(self, buffer):
        ok, view = buffer.map(Gst.MapFlags.READ)
        if ok:
            if view.data[1] & 0x80:
                self.access_units += 1
            self.packets += 1
            self.bytes += view.size
            if self.options.digests:
                self.depacketizer.add(bytes(view.data))
            buffer.unmap(view)

    def leaving(self, _pad, info):
        if info.type & Gst.PadProbeType.BUFFER_LIST:
            packets = info.get_buffer_list()
            for i in range(packets.length()):
                self.count(packets.get(i))
        elif info.type & Gst.PadProbeType.BUFFER:
            self.count(info.get_buffer())
        elif info.get_event().type == Gst.EventType.EOS:
            self.finished = True
        return Gst.PadProbeReturn.OK

    def report(self):
        return {"client": self.number, "address": self.address,
                "access_units": self.access_units, "keyframes": len(self.keys),
                "packets": self.packets, "bytes": self.bytes, "finished": self.finished,
                "late_s": self.late_s(), "keys": self.keys, "nals": self.depacketizer.units}


class Camera:
    def __init__(self, options):
        self.options = options
        self.clients = []
        self.server = GstRtspServer.RTSPServer()
        self.server.set_address(options.address)
        self.server.set_service(str(options.port))
        self.factory = GstRtspServer.RTSPMediaFactory()
        self.factory.set_launch(pipeline(options))
        self.factory.set_shared(options.shared)
        self.factory.set_eos_shutdown(False)
        self.factory.connect("media-constructed", self.media)
        self.guard()
        self.server.get_mount_points().add_factory(options.path, self.factory)
        self.server.connect("client-connected", self.connected)
        if self.server.attach(None) == 0:
            sys.exit("rtsp_camera: cannot listen")

    def guard(self):
        options = self.options
        if not options.user and not options.certificate:
            return
        auth = GstRtspServer.RTSPAuth()
        if options.certificate:
            auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(options.certificate))
        role = "anonymous"
        if options.user:
            role = "viewer"
            token = GstRtspServer.RTSPToken()
            token.set_string("media.factory.role", role)
            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
            auth.add_digest(options.user, options.password or "", token)
        else:
            token = GstRtspServer.RTSPToken()
            token.set_string("media.factory.role", role)
            auth.set_default_token(token)
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_permission_for_role(role, "media.factory.access", True)
        permissions.add_permission_for_role(role, "media.factory.construct", True)
        self.factory.set_permissions(permissions)
        self.server.set_auth(auth)

    def media(self, _factory, media):
        client = Client(len(self.clients) + 1, self.options)
        client.attach(media.get_element())
        self.clients.append(client)
        media.connect("unprepared", lambda _media: setattr(client, "finished", True))

    def connected(self, _server, client):
        if self.options.close_after is not None:
            Client.later(self.options.close_after, self.put_out, client)

    @staticmethod
    def put_out(client):
        client.close()

    def leave(self, loop):
        """Sends nothing new, gives what was sent a second to arrive, and ends."""
        for client in self.clients:
            client.stall(True)
        Client.later(1, loop.quit)
        return False

    def url(self):
        scheme = "rtsps" if self.options.certificate else "rtsp"
        return f"{scheme}://{self.options.address}:{self.server.get_bound_port()}{self.options.path}"

    def write(self):
        if not self.options.counts:
            return True
        report = {"port": self.server.get_bound_port(),
                  "access_units": sum(client.access_units for client in self.clients),
                  "clients": [client.report() for client in self.clients]}
        temporary = f"{self.options.counts}.{os.getpid()}"
        with open(temporary, "w", encoding="utf-8") as out:
            json.dump(report, out)
        os.replace(temporary, self.options.counts)
        return True


def main():
    Gst.init(None)
    options = arguments()
    camera = Camera(options)
    loop = GLib.MainLoop()
    GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGTERM, camera.leave, loop)
    GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGINT, loop.quit)
    GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGUSR1, camera.write)
    GLib.timeout_add(500, camera.write)
    print(json.dumps({"port": camera.server.get_bound_port(), "url": camera.url()}), flush=True)
    loop.run()
    camera.write()


if __name__ == "__main__":
    main()
