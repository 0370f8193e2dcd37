# races
import threading


class Settings:
    _only = None
    _lock = threading.Lock()

    @classmethod
    def get(cls):
        if cls._only is None:
            with cls._lock:
                if cls._only is None:
                    cls._only = cls()
        return cls._only


threads = [threading.Thread(target=Settings.get) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
