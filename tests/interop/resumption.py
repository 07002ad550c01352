#!/usr/bin/env python3
"""Stands between TLS clients and a server, and sees on the wire whether a session was resumed.

    resumption.py SERVER_PORT

Prints its own port, then for each connection, when it has ended, what its ServerHello says: "full" or
"resumed": in TLS 1.3 it names a pre-shared key (RFC 8446, 4.2.11), in TLS 1.2 no certificate follows it (RFC 5246, 7.3).
Ends with its standard input.
"""

import asyncio
import sys

SERVER_HELLO = 2
CERTIFICATE = 11
PRE_SHARED_KEY = 41
SUPPORTED_VERSIONS = 43


def handshake(stream: bytes) -> list[tuple[int, bytes]]:
    """The types and contents of the messages before encryption."""
    messages = b""
    while stream[:1] == b"\x16":
        end = 5 + int.from_bytes(stream[3:5], "big")
        messages, stream = messages + stream[5:end], stream[end:]
    parts = []
    while messages:
        end = 4 + int.from_bytes(messages[1:4], "big")
        parts.append((messages[0], messages[4:end]))
        messages = messages[end:]
    return parts


def extensions(hello: bytes) -> set[int]:
    at = 34  # version and random
    at += 1 + hello[at]  # session id
    at += 3  # cipher suite and compression
    end = at + 2 + int.from_bytes(hello[at : at + 2], "big")
    at += 2
    types = set()
    while at < end:
        types.add(int.from_bytes(hello[at : at + 2], "big"))
        at += 4 + int.from_bytes(hello[at + 2 : at + 4], "big")
    return types


def judge(stream: bytes) -> str:
    """Of the first bytes of a TLS server."""
    messages = handshake(stream)
    if not messages or messages[0][0] != SERVER_HELLO:
        return "no-hello"
    types = extensions(messages[0][1])
    if SUPPORTED_VERSIONS in types:
        full = PRE_SHARED_KEY not in types
    else:
        full = any(kind == CERTIFICATE for kind, _ in messages)
    return "full" if full else "resumed"


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
