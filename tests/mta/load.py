"""Mail in several sessions at once, with an exact account of what was accepted."""
import threading
import time

from . import messages, smtp


class Load:
    """Sends from many threads until finish(); what each message's reply was is kept by recipient."""

    def __init__(self, port, sessions=16, domain="example.com", pause=0.0, prefix="load"):
        self.port = port
        self.domain = domain
        self.pause = pause
        self.prefix = prefix
        self.replies = {}
        self.times = {}
        self.lost = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(sessions)]
        for thread in self._threads:
            thread.start()

    def finish(self):
        """Ends when each session's message is through; returns self."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        return self

    def accepted(self):
        return {r for r, reply in self.replies.items() if reply[0] == 250}

    def others(self):
        """The replies that were no acceptance."""
        return [reply for reply in self.replies.values() if reply[0] != 250]

    def _run(self, number):
        count = 0
        while not self._stop.is_set():
            try:
                with smtp.session(self.port) as client:
                    good = True
                    while good and not self._stop.is_set():
                        count += 1
                        good = self._one(client, "%s-%d-%d@sink.example.net"
                                         % (self.prefix, number, count))
                if not good:
                    time.sleep(0.05)
            except (OSError, AssertionError) as error:
                self.lost.append(repr(error))
                time.sleep(0.05)

    def _one(self, client, recipient):
        """Whether the message was accepted; a session in which one was not is given up."""
        message = messages.plain(self.domain, recipient)
        self.replies[recipient] = client.send(message, "ann@" + self.domain, [recipient])
        self.times[recipient] = time.monotonic()
        time.sleep(self.pause)
        return self.replies[recipient][0] == 250
