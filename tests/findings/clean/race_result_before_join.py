# races
import threading
import time

result = None


def work():
    global result
    time.sleep(0.05)
    result = 42


thread = threading.Thread(target=work)
thread.start()
while thread.is_alive():
    time.sleep(0.01)
print(result)
thread.join()
