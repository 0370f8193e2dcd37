"""The same talk by a Listener and a Client of multiprocessing: each send is one recv, whatever the timing."""

import time
from multiprocessing import Process
from multiprocessing.connection import Client, Listener

MESSAGES = 3
WRITE_SECONDS = 0.1
READ_SECONDS = 0.8


def serve(listener):
    with listener.accept() as connection:
        time.sleep(READ_SECONDS)
        while True:
            try:
                text = connection.recv()
            except EOFError:
                break
            print(f"server: a message came: {text}")
            connection.send(text.upper())
    print("server: nothing came: the client has closed its side")


if __name__ == "__main__":
    listener = Listener(("127.0.0.1", 0))  # 0: any port that is free
    server = Process(target=serve, args=(listener,), name="server")
    server.start()
    with Client(listener.address) as client:
        for number in range(MESSAGES):
            client.send(f"word {number};")
            time.sleep(WRITE_SECONDS)
        for _ in range(MESSAGES):
            print(f"client: an answer: {client.recv()}")
    server.join()
    listener.close()
