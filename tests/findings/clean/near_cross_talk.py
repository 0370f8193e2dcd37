import queue
import threading
import time

questions, answers = queue.Queue(), queue.Queue()


def answer():
    for _ in range(2):
        questions.get()
        time.sleep(0.4)
        answers.put("because")


thread = threading.Thread(target=answer)
thread.start()
for _ in range(2):
    questions.put("why?")
    print(answers.get())
thread.join()
