"""Two processes on this machine talk through a TCP socket: what comes out is a stream of bytes, not messages."""

import socket
import time
from multiprocessing import Process

MESSAGES = 3
WRITE_SECONDS = 0.1
READ_SECONDS = 0.8


def serve(listener):
    connection, _ = listener.accept()
    with connection:
        time.sleep(READ_SECONDS)
        while data := connection.recv(1024):
            print(f"server: bytes came: {data}")
            connection.sendall(data.upper())
    print("server: nothing came: the client has closed its side")


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0))  # 0: any port that is free
    server = Process(target=serve, args=(listener,), name="server")
    server.start()
    with socket.create_connection(listener.getsockname()) as client:
        for number in range(MESSAGES):
            client.sendall(f"word {number};".encode())
            time.sleep(WRITE_SECONDS)
        client.shutdown(socket.SHUT_WR)
        with client.makefile("rb") as answer:
            print(f"client: the whole answer: {answer.read()}")
    server.join()
    listener.close()
