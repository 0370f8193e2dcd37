# expect: deadlock
import queue
import threading

questions = queue.Queue()
answers = queue.Queue()


def ask():
    print(answers.get())
    questions.put("why?")


def answer():
    questions.get()
    answers.put("because")


threads = [threading.Thread(target=ask), threading.Thread(target=answer)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
