"""The other end of sealroom-picture: recorder/evidence/still.h."""
import os
import socket
import struct
import subprocess
import sys

from camera_rig import BIN

# What a program is started by that expects a descriptor, its first argument, as its third.
AS_3 = [sys.executable, "-c", "import os,sys; os.dup2(int(sys.argv[1]), 3, inheritable=True);"
        "os.execv(sys.argv[2], sys.argv[2:])"]
PROGRAM = os.path.join(BIN, "sealroom-picture")
QUESTION, ANSWER = struct.Struct("<4sIIqHBB"), struct.Struct("<4sIqI")
VIDEO_QUESTION = struct.Struct("<4sIIqqqHH")
SECOND = 1_000_000_000


class Picture:
    """One sealroom-picture, its socket as descriptor 3."""

    def __init__(self):
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(30)
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen([*AS_3, str(theirs.fileno()), PROGRAM],
                                        pass_fds=[theirs.fileno()])
        theirs.close()

    def close(self):
        self.socket.close()
        return self.process.wait(30)

    def receive(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                return None
            data += more
        return data

    def ask(self, init, fragments, seconds, width=640, quality=90):
        """(when, JPEG), a sentence, or None where the process is gone."""
        found = self.say(QUESTION.pack(b"SRPQ", len(init), len(fragments), round(seconds * SECOND),
                                       width, quality, 0) + init + fragments, b"SRPA")
        return (found[0] / SECOND, found[1]) if isinstance(found, tuple) else found

    def ask_video(self, init, fragments, begin, end, base=0.0, width=1280):
        """(number of pictures, MP4), a sentence, or None where the process is gone."""
        times = (round(seconds * SECOND) for seconds in (begin, end, base))
        return self.say(VIDEO_QUESTION.pack(b"SRVQ", len(init), len(fragments), *times, width, 0)
                        + init + fragments, b"SRVA")

    def say(self, question, kind):
        try:
            self.socket.sendall(question)
            header = self.receive(ANSWER.size)
        except (BrokenPipeError, ConnectionResetError):
            return None
        if header is None:
            return None
        magic, outcome, number, size = ANSWER.unpack(header)
        assert magic == kind
        said = self.receive(size)
        return said.decode() if outcome else (number, said)
