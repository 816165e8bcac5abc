"""A wire that can be cut: takes connections at one address and passes them on to another, byte for byte.

    relay.py 127.0.0.2:7331=127.0.0.1:7331 127.0.0.2:7332=127.0.0.1:7332

Who stops it (SIGSTOP) cuts the network: connections stand, nothing comes, nobody is told. Who kills it tears all connections at once. It says
`ready` when it listens, and knows nothing of what it carries.
"""

import asyncio
import sys


async def carry(reader, writer):
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.transport.abort()


async def join(near, host, port):
    try:
        far = await asyncio.open_connection(host, port)
    except OSError:
        near[1].transport.abort()
        return
    await asyncio.gather(carry(near[0], far[1]), carry(far[0], near[1]))
    for writer in (near[1], far[1]):
        writer.close()


async def main():
    for pair in sys.argv[1:]:
        here, there = (end.rsplit(":", 1) for end in pair.split("="))
        await asyncio.start_server(lambda *near, there=there: join(near, *there), *here)
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
