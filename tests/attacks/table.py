"""Every attack, in the order in which they are made, and what other tests hold already."""

from harness.attack import Attack
from harness.definitions import ASKED
from harness.http import evaluate, explain, get, post
from kinds import costly, files, neighbours, signals, streams
from kinds.crowds import EVALUATIONS, MANAGEMENT, crowd, idle_while_reloading

EVALUATE = f"/ofrep/v1/evaluate/flags/{ASKED}"
# As much of a head as makes the daemon wait for the rest of it.
SLOW_HEAD = b"GET /livez HT"
LARGE_HEAD = get("/livez").replace(b"\r\n\r\n", b"\r\nX: " + b"x" * 63_000 + b"\r\n\r\n")
HALF_HEAD = LARGE_HEAD[:-4]
LARGE_BODY = post(EVALUATE, " " * 262_000, announced=262_144)
SMALL_BODY = post(EVALUATE, " " * 15_000, announced=16_000)
NO_BODY = post(EVALUATE, "", announced=16_000)
BULK = evaluate(key=None)
LOGGED = ("--log-level", "trace")

ATTACKS = [
    Attack("nothing", "the normal client alone", crowd(EVALUATIONS, 0), seconds=3),
    # What costs time.
    Attack(
        "explain-one",
        "a trace of a long value against 9,900 conditions",
        costly.asking(
            MANAGEMENT, 2, explain("explained-0", a=costly.LONG_TEXT), costly.TRACE_BYTES_MAX
        ),
        prepare=costly.prepare_explained,
    ),
    Attack(
        "explain-all",
        "traces of all flags, 20 of them with many conditions",
        costly.asking(
            MANAGEMENT, 2, explain(None, a=costly.LONG_TEXT), costly.TRACE_BYTES_MAX
        ),
        prepare=costly.prepare_explained,
    ),
    Attack(
        "pattern-long-text",
        "a pattern that looks far, and the longest text that a body has room for",
        costly.asking(EVALUATIONS, 2, evaluate("repeating", a="ab" * 130_000), 4096),
        prepare=costly.prepare_patterns,
    ),
    Attack(
        "pattern",
        "the same, and a text of 1 KiB, sent without waiting for answers",
        costly.asking(EVALUATIONS, 1, evaluate("repeating", a="ab" * 512), 4096),
        prepare=costly.prepare_patterns,
    ),
    Attack(
        "shared-segment",
        "all flags, 1,000 of which share a segment of 9,900 conditions",
        costly.asking(EVALUATIONS, 2, evaluate(None, a="x"), 1 << 20),
        prepare=costly.prepare_sharing,
    ),
    Attack(
        "saturated",
        "evaluations without a pause on 16 connections",
        costly.asking(EVALUATIONS, 16, evaluate() * 20, 4096),
    ),
    Attack(
        "saturated-bulk",
        "bulk evaluations without a pause on 8 connections",
        costly.asking(EVALUATIONS, 8, BULK, 1 << 20),
    ),
    # Connections.
    Attack("slow-heads", "5,000 heads that do not end", crowd(EVALUATIONS, 5000, sent=SLOW_HEAD)),
    Attack("slow-heads-management", "the same there", crowd(MANAGEMENT, 5000, sent=SLOW_HEAD)),
    Attack("silent", "5,000 connections that send nothing", crowd(EVALUATIONS, 5000)),
    Attack(
        "idle",
        "5,000 connections that have asked once",
        crowd(EVALUATIONS, 5000, sent=evaluate(), read_rate=None),
    ),
    Attack(
        "few-descriptors",
        "1,100 idle connections where 1,024 files may be open, and changes",
        idle_while_reloading(1100, evaluate()),
        descriptors=1024,
        is_in_soak=False,
    ),
    Attack(
        "connections",
        "new connections as fast as they come",
        crowd(EVALUATIONS, 500, 20_000, sent=evaluate(), churns=True),
    ),
    Attack(
        "greedy-address",
        "one address wants all connections",
        neighbours.greedy_address,
        options=("--connections-max", str(neighbours.LIMIT)),
        is_in_soak=False,
    ),
    Attack(
        "streams",
        "1,200 event streams, and changes",
        streams.streams(1200),
        options=("--event-streams",),
        is_in_soak=False,
    ),
    # Memory.
    Attack(
        "bodies",
        "64 large bodies that do not end",
        crowd(EVALUATIONS, 64, sent=LARGE_BODY),
    ),
    Attack(
        "bodies-small",
        "4,000 small bodies that do not end",
        crowd(EVALUATIONS, 4000, sent=SMALL_BODY),
    ),
    Attack(
        "bodies-churn",
        "large bodies, each broken off once it is sent",
        crowd(EVALUATIONS, 200, sent=LARGE_BODY, churns=True),
    ),
    Attack(
        "bodies-slow",
        "1,000 bodies, a few bytes at a time",
        crowd(EVALUATIONS, 1000, sent=NO_BODY, trickled=b" " * 15_000, trickle_rate=40),
    ),
    Attack(
        "heads",
        "4,000 heads of 63 kB, and connections that stay",
        crowd(EVALUATIONS, 4000, sent=LARGE_HEAD, read_rate=None),
    ),
    Attack(
        "heads-management",
        "1,000 of them there",
        crowd(MANAGEMENT, 1000, sent=LARGE_HEAD, read_rate=None),
    ),
    Attack(
        "half-heads",
        "4,000 heads of 63 kB that do not end",
        crowd(EVALUATIONS, 4000, sent=HALF_HEAD),
    ),
    Attack(
        "half-heads-management",
        "1,000 of them there",
        crowd(MANAGEMENT, 1000, sent=HALF_HEAD),
    ),
    Attack(
        "list-unread",
        "a list of 4 MB, and 150 who do not read it",
        crowd(MANAGEMENT, 150, sent=get("/flags"), receive_buffer=4096),
        prepare=files.prepare_long_list,
        is_prepared_in_soak=False,
    ),
    Attack(
        "list-slow",
        "the same, and 150 who read it slowly and steadily",
        crowd(MANAGEMENT, 150, sent=get("/flags"), receive_buffer=4096, read_rate=8192),
        prepare=files.prepare_long_list,
        is_prepared_in_soak=False,
    ),
    Attack(
        "bulk-unread",
        "150 who ask for all flags 20 times and do not read",
        crowd(EVALUATIONS, 150, sent=BULK * 20, receive_buffer=4096),
    ),
    # Files, the log and signals.
    Attack(
        "large-set",
        "a set that nearly needs all memory, again and again, and one that does not fit",
        files.large_set_changes,
        prepare=files.prepare_large_set,
        options=("--memory-max", "64MiB"),
        is_in_soak=False,
    ),
    Attack("diagnostics", "4,000 problems, and /status", files.diagnostics),
    Attack("pipes", "named pipes in the place of files", files.pipes),
    Attack("volume", "updates of a volume of Kubernetes in bursts", files.volume_updates),
    Attack(
        "lock",
        "a lock of git's that is dated in the future",
        files.lock_from_the_future,
        prepare=files.prepare_repository,
        is_in_soak=False,
    ),
    Attack(
        "log-unread",
        "a log that nobody reads",
        crowd(EVALUATIONS, 200, sent=b"GET\r\n\r\n", read_rate=None),
        options=LOGGED,
        is_log_read=False,
        is_in_soak=False,
    ),
    Attack("hang-ups", "200 SIGHUP a second", signals.hang_ups),
]

# What is not attacked here, because a test of `tests/it` holds it wholly: which, and what it is.
HELD_ELSEWHERE = {
    "dependency::what_patterns_cost_is_counted": "patterns that cost too much are refused",
    "dependency::what_conditions_compare_with_is_counted": "so are long lists of texts",
    "bounds::a_value_is_shown_up_to_a_length": "values in traces are cut",
    "bounds::a_trace_has_a_bounded_number_of_steps": "so are traces",
    "server::more_connections_than_the_limit_are_refused_while_all_are_answered": "a full house",
    "server::threads_share_what_comes_in": "`--threads`",
    "crowd::too_few_open_files_are_a_message": "`ulimit -n 8`",
    "memory::slow_readers_that_are_steady_get_it_all_and_others_do_not": "how long one may read",
    "connection::slow_bodies_are_answered_and_cut_off": "how long bodies may take",
    "connection::forms_of_smuggling": "requests inside of others",
    "host::the_real_daemon_looks_at_hosts": "`Host`, and names that were rebound",
    "door::a_repository_is_opened_only_where_all_of_it_is_files": "pipes for files of git's",
    "door::a_commit_file_that_is_a_pipe_is_told_and_nothing_hangs": "a pipe for `--commit-file`",
    "door::many_hang_ups_are_one_look_and_one_line": "what many SIGHUPs come to",
    "source::links_are_followed_while_they_stay_inside": "links out of the root",
    "events::an_instant_that_was_jumped_over_is_told_when_the_clock_was_set": "a clock that is set",
}
