"""pymodbus's server, the same whatever its version: 3.0 (Debian 12) and 3.8 (Debian 13).

What a server answers is decided by `server.answer(connection, request)`, called for every request
that was decoded. A connection can perform, refuse, reply, send bytes that are no reply, and cut.
"""
import asyncio
import socket

from pymodbus.datastore import ModbusServerContext

try:
    from pymodbus.pdu import ModbusRequest, ModbusResponse
    from pymodbus.server.async_io import (
        ModbusConnectedRequestHandler,
        ModbusSerialServer,
        ModbusSingleRequestHandler,
        ModbusTcpServer,
    )
    from pymodbus.transaction import ModbusRtuFramer
    OLD = True
except ImportError:
    from pymodbus.pdu import ExceptionResponse, ModbusPDU
    from pymodbus.server import ModbusSerialServer, ModbusTcpServer
    from pymodbus.server.requesthandler import ServerRequestHandler
    OLD = False

ILLEGAL_VALUE = 3
NO_ANSWER_OF_TARGET = 11  # a gateway's word


def own_function(code, size):
    """(request, response) of a function code of the model's own: both have `data`, the bytes after
    the code, of which a request has `size`."""

    class Body:
        function_code = code
        rtu_frame_size = _rtu_frame_size = size + 4  # with unit, code and checksum
        data = b""

        def __init__(self, data=b"", **rest):
            super().__init__(**rest)
            self.data = data

        def encode(self):
            return self.data

        def decode(self, data):
            self.data = data

    if OLD:
        return (type("OwnRequest", (Body, ModbusRequest), {}),
                type("OwnResponse", (Body, ModbusResponse), {}))
    return type("OwnRequest", (Body, ModbusPDU), {}), type("OwnResponse", (Body, ModbusPDU), {})


def run_now(coroutine):
    """The result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise RuntimeError("a register map that waits")


class Greeting:
    """What both versions do to a new TCP connection."""

    def connection_made(self, transport):
        super().connection_made(transport)
        connected = transport.get_extra_info("socket")
        if connected is None:
            return
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.server.is_down():
            transport.abort()


class OldConnection:
    @staticmethod
    def unit_of(request):
        return request.unit_id

    @staticmethod
    def turn(request, number):
        request.unit_id = number

    @staticmethod
    def value_of(request):
        return request.value

    @staticmethod
    def values_of(request):
        return request.values

    def execute(self, request, *addr):
        self.last_addr = addr
        self.server.answer(self, request)

    @staticmethod
    def perform(request, unit):
        response = request.execute(unit)
        if request.function_code in (5, 6) and not response.isError():
            response.value = request.value
        return response

    @staticmethod
    def refuse(request, code):
        return request.doException(code)

    def reply(self, response, request):
        if self.transport is not None and not self.transport.is_closing():
            self._address(response, request)
            self.send(response, *self.last_addr)

    def send_bytes(self, data):
        self._send_(data)

    def packet(self, response, request):
        self._address(response, request)
        return self.framer.buildPacket(response)

    @staticmethod
    def _address(response, request):
        response.transaction_id = request.transaction_id
        response.unit_id = request.unit_id

    def cut(self):
        if self.transport is not None and isinstance(self, ModbusConnectedRequestHandler):
            self.transport.abort()


class NewConnection:
    @staticmethod
    def unit_of(request):
        return request.dev_id

    @staticmethod
    def turn(request, number):
        request.dev_id = number

    @staticmethod
    def value_of(request):
        return request.registers[0]

    @staticmethod
    def values_of(request):
        return request.registers

    async def handle_request(self):
        if self.last_pdu:
            self.server.answer(self, self.last_pdu)

    @staticmethod
    def perform(request, unit):
        if not unit.validate(request.function_code, request.address, getattr(request, "count", 1)):
            return NewConnection.refuse(request, 2)
        response = run_now(request.update_datastore(unit))
        if request.function_code == 6 and not response.isError():
            response.registers = request.registers
        return response

    @staticmethod
    def refuse(request, code):
        return ExceptionResponse(request.function_code, code)

    def reply(self, response, request):
        if self.transport is not None:
            self._address(response, request)
            self.server_send(response, self.last_addr)

    def send_bytes(self, data):
        self.send(data)

    def packet(self, response, request):
        self._address(response, request)
        return self.framer.buildFrame(response)

    @staticmethod
    def _address(response, request):
        response.transaction_id = request.transaction_id
        response.dev_id = request.dev_id

    def cut(self):
        if self.transport is not None and self.server.is_tcp:
            self.transport.abort()


if OLD:
    class TcpConnection(Greeting, OldConnection, ModbusConnectedRequestHandler):
        pass

    class RtuConnection(OldConnection, ModbusSingleRequestHandler):
        pass

    async def tcp_server(port, answer, is_down, own=None):
        server = ModbusTcpServer(ModbusServerContext(single=True), address=("127.0.0.1", port),
                                 handler=TcpConnection, allow_reuse_address=True)
        server.answer, server.is_down = answer, is_down
        if own:
            server.decoder.register(own)
        server.task = asyncio.create_task(server.serve_forever())
        await server.serving
        return server, server.server.sockets[0].getsockname()[1]

    async def rtu_server(device, answer, own=None):
        server = ModbusSerialServer(ModbusServerContext(single=True), framer=ModbusRtuFramer,
                                    port=device, baudrate=19200, handler=RtuConnection)
        server.answer = answer
        if own:
            server.decoder.register(own)
        await server.start()
        return server
else:
    class Connection(Greeting, NewConnection, ServerRequestHandler):
        pass

    class TcpServer(ModbusTcpServer):
        is_tcp = True

        def callback_new_connection(self):
            return Connection(self, self.trace_packet, self.trace_pdu, self.trace_connect)

    class RtuServer(ModbusSerialServer):
        is_tcp = False

        def callback_new_connection(self):
            return Connection(self, self.trace_packet, self.trace_pdu, self.trace_connect)

    async def tcp_server(port, answer, is_down, own=None):
        server = TcpServer(ModbusServerContext(single=True), address=("127.0.0.1", port))
        server.answer, server.is_down = answer, is_down
        if own:
            server.decoder.register(own)
        await server.serve_forever(background=True)
        return server, server.transport.sockets[0].getsockname()[1]

    async def rtu_server(device, answer, own=None):
        server = RtuServer(ModbusServerContext(single=True), port=device, baudrate=19200)
        server.answer, server.is_down = answer, lambda: False
        if own:
            server.decoder.register(own)
        await server.serve_forever(background=True)
        return server
