#!/usr/bin/env python3
"""Stands between TLS clients and a server, and sees on the wire whether a session was resumed.

    resumption.py SERVER_PORT

Prints its own port, then for each connection, when it has ended, what its ServerHello says: "full" or
"resumed" (TLS 1.3: it names a pre-shared key; RFC 8446, 4.2.11). Ends with its standard input.
"""

import asyncio
import sys

PRE_SHARED_KEY = 41
SUPPORTED_VERSIONS = 43


def judge(stream: bytes) -> str:
    """Of the first bytes of a TLS server."""
    if stream[:1] != b"\x16" or stream[5:6] != b"\x02":
        return "no ServerHello"
    hello = stream[9 : 9 + int.from_bytes(stream[6:9], "big")]
    at = 34  # version and random
    at += 1 + hello[at]  # session id
    at += 3  # cipher suite and compression
    end = at + 2 + int.from_bytes(hello[at : at + 2], "big")
    at += 2
    extensions = set()
    while at < end:
        extensions.add(int.from_bytes(hello[at : at + 2], "big"))
        at += 4 + int.from_bytes(hello[at + 2 : at + 4], "big")
    if SUPPORTED_VERSIONS not in extensions:
        return "not TLS 1.3"
    return "resumed" if PRE_SHARED_KEY in extensions else "full"


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Hands everything on, and returns the beginning of it."""
    beginning = b""
    try:
        while data := await reader.read(65536):
            beginning += data[: 4096 - len(beginning)]
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.close()
    return beginning


async def main(port: int) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", port)
        _, beginning = await asyncio.gather(pump(reader, server_writer), pump(server_reader, writer))
        writer.close()
        server_writer.close()
        print(judge(beginning), flush=True)

    relay = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(relay.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main(int(sys.argv[1])))
