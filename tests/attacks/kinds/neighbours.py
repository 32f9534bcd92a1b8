"""One address wants all connections, and others have a few."""

from harness.crowd import Crowd, Manner
from harness.http import Broken, Connection, evaluate
from harness.target import Failure

# All of 127.0.0.0/8 is this machine.
GREEDY, MODEST = "127.0.0.2", "127.0.0.3"
MODEST_CONNECTIONS = 20
LIMIT = 256


def greedy_address(target, seconds):
    """It opens four times as many connections as there may be, and opens them again."""
    modest = [
        Connection(target.evaluations, 5, (MODEST, 0)) for _ in range(MODEST_CONNECTIONS)
    ]
    for connection in modest:
        connection.ask(evaluate())
    manner = Manner(sent=evaluate(), read_rate=None, source=GREEDY)
    with Crowd(target.evaluations, 4 * LIMIT, manner) as attackers:
        did = attackers.run(seconds)
    if attackers.closed < LIMIT:
        raise Failure(f"nobody had to make room: {did}")
    for number, connection in enumerate(modest):
        try:
            connection.ask(evaluate())
        except Broken as error:
            raise Failure(f"idle connection {number} of another address: {error}") from error
        connection.socket.close()
    return did
