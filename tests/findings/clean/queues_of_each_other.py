import queue
import threading

questions = queue.Queue()
answers = queue.Queue()


def ask():
    questions.put("why?")
    print(answers.get())


def answer():
    questions.get()
    answers.put("because")


threads = [threading.Thread(target=ask), threading.Thread(target=answer)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
