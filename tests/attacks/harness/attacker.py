"""An attack as a process of its own, so that it has an interpreter for itself."""

import multiprocessing
import os

# How much longer than it was told an attack may take, on a machine that is busy.
LATE_SECONDS_MAX = 30
# The attacker comes after the daemon and the normal client where there is not enough of the
# machine: it would be on others.
NICENESS = 10


class Attacker:
    """Begins to attack at once, for so many seconds. Make it before there are threads: a fork
    takes only one of them along."""

    def __init__(self, attack, target, seconds):
        self.seconds = seconds
        context = multiprocessing.get_context("fork")
        self.said, theirs = context.Pipe(duplex=False)
        self.process = context.Process(
            target=make, args=(attack, target, seconds, theirs), daemon=True
        )
        self.process.start()
        theirs.close()

    def wait(self):
        """What it did, in a few words, and what went wrong, or None."""
        try:
            if not self.said.poll(self.seconds + LATE_SECONDS_MAX):
                return "", "the attacker did not come to its end"
            return self.said.recv()
        except EOFError:
            return "", "the attacker ended early"
        finally:
            self.process.kill()
            self.process.join()


def make(attack, target, seconds, pipe):
    """What the attacker's process does."""
    os.nice(NICENESS)
    try:
        pipe.send((attack.run(target, seconds), None))
    except Exception as error:  # whatever it is, somebody has to be told
        pipe.send(("", f"{type(error).__name__}: {error}"))
