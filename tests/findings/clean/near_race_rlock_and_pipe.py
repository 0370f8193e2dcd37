# races
import os
import threading

lock = threading.RLock()
depth = 0
text = ""
read_end, write_end = os.pipe()


def nested():
    global depth
    with lock:
        with lock:
            depth += 1
        depth -= 1


def write():
    global text
    for _ in range(20):
        nested()
    text = "hello"
    os.write(write_end, b"!")


thread = threading.Thread(target=write)
thread.start()
for _ in range(20):
    nested()
os.read(read_end, 1)
print(text)
thread.join()
print(depth)
