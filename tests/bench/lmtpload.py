#!/usr/bin/python3
"""lmtpload PORT SECONDS CONNECTIONS [OFFSET]: hands distinct messages over LMTP as fast as they are taken; prints `taken N` a second."""
import asyncio
import sys
import time

port, seconds, connections = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
offset = sys.argv[4] if len(sys.argv) > 4 else "0"


def message(n):
    return (f"From: r{n}.{offset}@reporter.example\r\nTo: case@cert.example\r\nSubject: A false page\r\nMessage-ID: <{offset}.{n}@reporter.example>\r\n"
            f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThis page takes card numbers: https://evil{offset}x{n}.example.net/pay\r\n.\r\n").encode()


async def one(k, until):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    writer.write(b"LHLO bench\r\n")
    while not (await reader.readline()).startswith(b"250 "):
        pass
    done = 0
    while time.monotonic() < until:
        writer.write(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<case@cert.example>\r\nDATA\r\n")
        for want in (b"250", b"250", b"354"):
            assert (await reader.readline()).startswith(want)
        writer.write(message(k * 1000000 + done))
        answer = await reader.readline()
        assert answer.startswith(b"250"), answer
        done += 1
    writer.close()
    return done


async def main():
    began = time.monotonic()
    done = sum(await asyncio.gather(*(one(k, began + seconds) for k in range(connections))))
    print(f"taken {done / (time.monotonic() - began):.0f}")

asyncio.run(main())
