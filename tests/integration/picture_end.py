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
        try:
            self.socket.sendall(QUESTION.pack(b"SRPQ", len(init), len(fragments),
                                              round(seconds * SECOND), width, quality, 0)
                                + init + fragments)
            header = self.receive(ANSWER.size)
        except (BrokenPipeError, ConnectionResetError):
            return None
        if header is None:
            return None
        magic, outcome, when, size = ANSWER.unpack(header)
        assert magic == b"SRPA"
        said = self.receive(size)
        return said.decode() if outcome else (when / SECOND, said)
