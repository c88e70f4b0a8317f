"""How many messages a Postfix takes here: one that runs beside the machine's own, in a folder of its own, and throws away what it took."""
import contextlib
import os
import shutil
import subprocess
import time

from place import Skipped, Unmeasured, free_port

MESSAGES, SESSIONS = 4000, 32

MAIN = """\
compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
maillog_file = {dir}/log
maillog_file_prefixes = {dir}
myhostname = relay.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
default_transport = discard
relay_transport = discard
smtpd_client_connection_count_limit = 0
smtpd_recipient_restrictions = permit_mynetworks, reject
"""

MASTER = """\
{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
"""


def control(folder, command, before=()):
    done = subprocess.run([*before, "/usr/sbin/postfix", "-c", folder, command], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise Unmeasured(f"postfix {command}: {(done.stderr.strip().splitlines() or ['no word'])[-1]}")


@contextlib.contextmanager
def running(folder, before=()):
    """Its port. `before`: the beginning of the command that starts it, which keeps it to a core."""
    if not shutil.which("postfix", path="/usr/sbin") or not shutil.which("smtp-source", path="/usr/sbin"):
        raise Skipped("no postfix")
    if os.getuid() != 0:
        raise Skipped("Postfix starts only as root")
    port = free_port()
    for sub in ("queue", "data"):
        (folder / sub).mkdir(parents=True)
    shutil.chown(folder / "data", "postfix")
    for parent in (folder, folder.parent):  # its processes are not root
        parent.chmod(parent.stat().st_mode | 0o011)
    (folder / "main.cf").write_text(MAIN.format(dir=folder))
    (folder / "master.cf").write_text(MASTER.format(port=f"127.0.0.1:{port}"))
    control(folder, "start", before)
    try:
        yield port
    finally:
        control(folder, "stop")
        shutil.rmtree(folder, ignore_errors=True)


def fed(port, messages, sessions, what, before=()):
    """Messages a second that Postfix's own client hands it on so many connections, which it keeps. `what`: its options that say
    what they are."""
    began = time.monotonic()
    done = subprocess.run([*before, "/usr/sbin/smtp-source", "-d", "-s", str(sessions), "-m", str(messages), *what, "-f", "a@reporter.example",
                           "-t", "case@cert.example", f"127.0.0.1:{port}"], capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise Unmeasured(f"smtp-source: {(done.stderr.strip().splitlines() or ['no word'])[-1]}")
    return messages / (time.monotonic() - began)


def accepted(folder):
    """Messages a second, each on disk before it is acknowledged."""
    with running(folder) as port:
        return fed(port, MESSAGES, SESSIONS, ["-l", "500"])
