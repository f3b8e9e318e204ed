#!/usr/bin/python3
"""What one writes for lack of a recorder: asks every controller of many_controllers.py ten times a
second, by pymodbus, and appends what it reads to a file, durable before it is acknowledged.

    plain_poller.py FILE PORT...

The first line on standard output is JSON, {"polled": N}, when it is connected to all. Ends at
SIGTERM.
"""
import asyncio
import json
import logging
import os
import sys
import time

from pymodbus.client import AsyncModbusTcpClient

INTERVAL_S = 0.1


async def registers(client, address, count):
    return (await client.read_holding_registers(address, count=count, slave=1)).registers


async def poll(client, port, file):
    while True:
        begun = time.monotonic()
        waiting, *_ = await registers(client, 100, 3)
        if waiting:
            await client.write_register(200, 1, slave=1)
            record = await registers(client, 201, 14)
            line = {"received": time.time(), "controller": port, "registers": record}
            os.write(file, json.dumps(line).encode() + b"\n")
            os.fdatasync(file)
            await client.write_register(200, 4, slave=1)
        else:
            await asyncio.sleep(max(0, begun + INTERVAL_S - time.monotonic()))


async def main():
    logging.disable(logging.CRITICAL)
    file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    ports = [int(word) for word in sys.argv[2:]]
    clients = [AsyncModbusTcpClient("127.0.0.1", port=port) for port in ports]
    for client in clients:
        await client.connect()
    print(json.dumps({"polled": len(clients)}), flush=True)
    await asyncio.gather(*(poll(client, port, file) for client, port in zip(clients, ports)))


if __name__ == "__main__":
    asyncio.run(main())
