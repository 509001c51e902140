"""What a program in the sandbox may try, one by one.

A `Refused` body has to raise, an `Ended` one is stopped at a limit, and of a `Harmless` one the
output must have the text that is named.
"""

from dataclasses import dataclass
from textwrap import dedent, indent

CANARY = "xoxb-canary-7f3a"


@dataclass(frozen=True, slots=True)
class Refused:
    """The body must raise."""

    body: str

    @property
    def program(self) -> str:
        return (
            "try:\n" + indent(dedent(self.body).strip(), "    ") + "\n"
            "except BaseException as refused:\n"
            "    print('contained', type(refused).__name__)\n"
            "else:\n    print('ESCAPED')\n"
        )


@dataclass(frozen=True, slots=True)
class Ended:
    """The body goes on until a limit ends it."""

    body: str
    at: str

    @property
    def program(self) -> str:
        return dedent(self.body)


@dataclass(frozen=True, slots=True)
class Harmless:
    """The body says what it found; it must be this."""

    body: str
    says: str

    @property
    def program(self) -> str:
        return dedent(self.body)


Attack = Refused | Ended | Harmless
_SYSCALL = "import ctypes, os; libc = ctypes.CDLL(None, use_errno=True); call = libc.syscall\n"


def syscall(call: str) -> Refused:
    """Return a body that raises when the system call is refused (x86_64 numbers)."""
    return Refused(f"{_SYSCALL}assert {call} >= 0, os.strerror(ctypes.get_errno())")


NETWORK: dict[str, Attack] = {
    "loopback of the host": Refused(
        "import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
    ),
    "the internet": Refused("import socket; socket.create_connection(('1.1.1.1', 53), 2)"),
    "the internet, IPv6": Refused(
        "import socket; socket.create_connection(('2606:4700:4700::1111', 53), 2)"
    ),
    "datagrams": Refused(
        "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('1.1.1.1', 53))"
    ),
    "metadata of a cloud": Refused(
        "import socket; socket.create_connection(('169.254.169.254', 80), 2)"
    ),
    "names": Refused("import socket; socket.getaddrinfo('example.com', 80)"),
    "a socket in a folder": Refused(
        "import socket; socket.socket(socket.AF_UNIX).connect('{socket}')"
    ),
    "an abstract socket": Refused(
        "import socket; socket.socket(socket.AF_UNIX).connect('\\0{abstract}')"
    ),
    "the virtual machine's host": Refused("import socket; socket.socket(40, socket.SOCK_STREAM)"),
    "netlink": Refused("import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)"),
    "raw packets": Refused("import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)"),
}
FILES: dict[str, Attack] = {
    "passwords": Refused("open('/etc/passwd').read()"),
    "root's folder": Refused("import os; os.listdir('/root')"),
    "people's folders": Refused("import os; os.listdir('/home')"),
    "this repository": Refused("import os; os.listdir('{repository}')"),
    "the folder of the files": Refused("open('{secret}').read()"),
    "whatever is at the top": Harmless(
        "import os; print(sorted(set(os.listdir('/')) - "
        "{{'bin','sbin','lib','lib32','lib64','usr','etc','box','tmp','dev','proc'}}))",
        "[]",
    ),
    "all of /etc": Harmless(
        "import os; print(sorted(set(os.listdir('/etc')) - {{'alternatives', 'ld.so.cache'}}))",
        "[]",
    ),
    "writing to /usr": Refused("open('/usr/bin/planted', 'w')"),
    "writing to the top": Refused("open('/planted', 'w')"),
    "writing beside the program": Refused("open('/box/code/conftest.py', 'w')"),
    "writing to the program": Refused("open(__file__, 'a')"),
    "writing to its own start": Refused("open('/box/start', 'a')"),
    "opening its folder to all": Refused("import os; os.chmod('/box', 0o777)"),
    "a link beside the program": Refused("import os; os.symlink('/tmp', '/box/code/l')"),
    "removing the program": Refused("import os; os.remove(__file__)"),
    "a hard link of the program": Refused("import os; os.link(__file__, '/tmp/l')"),
    "the other programs' folders": Harmless(
        "import os; print(os.listdir('/dev/shm'), os.path.ismount('/box'), os.listdir('/box/..') "
        "== os.listdir('/'))",
        "[] True True",
    ),
    "writing to /dev": Refused("open('/dev/planted', 'w')"),
    "a link out": Refused(
        "import os; os.symlink('{secret}', '/tmp/l'); print(open('/tmp/l').read())"
    ),
    "dots out": Refused("open('/box/code/../../../..{secret}').read()"),
    "a hard link": Refused("import os; os.link('/usr/bin/env', '/tmp/env')"),
    "the outside through the first process": Refused("open('/proc/1/root{secret}').read()"),
    "the outside through the working folder": Refused("open('/proc/self/cwd/..{secret}').read()"),
    "our packages": Refused("import generators"),
    "our packages by path": Refused(
        "import sys; sys.path.append('{repository}'); import bot.settings"
    ),
    "what is installed": Refused("import slack_sdk"),
    "disks": Refused("import glob; assert glob.glob('/dev/[svn][dv]*')"),
    "memory of the machine": Refused("open('/dev/mem', 'rb')"),
    "a device node": Refused("import os; os.mknod('/tmp/disk', 0o60600, os.makedev(254, 0))"),
    "what the kernel may be told": Refused(
        "open('/proc/sys/kernel/core_pattern', 'w').write('|x')"
    ),
    "rebooting by a file": Refused("open('/proc/sysrq-trigger', 'w').write('b')"),
}
SECRETS: dict[str, Attack] = {
    "its environment": Harmless("import os; print('{canary}' in str(dict(os.environ)))", "False"),
    "its parent's environment": Harmless(
        """
        import glob
        said = b""
        for name in glob.glob('/proc/*/environ'):
            try:
                said += open(name, 'rb').read()
            except OSError:
                pass
        print(b'{canary}' in said)
        """,
        "False",
    ),
    "command lines of others": Harmless(
        """
        import glob, sys
        names = glob.glob('/proc/[0-9]*/cmdline')
        print([open(name).read().split(chr(0))[0] for name in names] == [sys.executable])
        """,
        "True",
    ),
    "descriptors that are open": Harmless(
        """
        import os
        kinds = []
        for each in os.listdir('/proc/self/fd'):
            try:
                kinds.append(os.readlink('/proc/self/fd/' + each).split(':')[0])
            except OSError:
                pass
        print(sorted(set(kinds)))
        """,
        "['pipe']",
    ),
    "the kernel's keys": syscall("call(250, 0, -3, 0)"),
    "adding a key": syscall("call(248, b'user', b'k', b'v', 1, -3)"),
}
POWER: dict[str, Attack] = {
    "being root": Refused("import os; os.setuid(0)"),
    "another group": Refused("import os; os.setgroups([0])"),
    "mounting": syscall("libc.mount(b'none', b'/tmp', b'tmpfs', 0, None)"),
    "another root": Refused("import os; os.chroot('/tmp')"),
    "namespaces of its own": syscall("libc.unshare(0x10000000)"),
    "a child with namespaces": syscall("call(56, 0x10000000 | 17, 0, 0, 0, 0)"),
    "a child with namespaces, the new way": syscall("call(435, 0, 0)"),
    "joining namespaces": syscall("libc.setns(0, 0)"),
    "tracing": syscall("libc.ptrace(16, 1, 0, 0)"),
    "memory of others": syscall("call(310, 1, 0, 0, 0, 0, 0)"),
    "its kernel's programs": syscall("call(321, 0, 0, 0)"),
    "rings of system calls": syscall("call(425, 8, 0)"),
    "faults in user space": syscall("call(323, 0)"),
    "counters of the processor": syscall("call(298, 0, 0, -1, -1, 0)"),
    "the old numbers of the calls": syscall("call(0x40000000 | 39)"),
    "changing the clock": syscall("call(227, 0, 0)"),
    "another name of the machine": Refused("import socket; socket.sethostname('planted')"),
    "setuid programs": Harmless(
        """
        said = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
        powers = [int(said[name], 16) for name in ('CapEff', 'CapPrm', 'NoNewPrivs')]
        print('powers', *powers)
        """,
        "powers 0 0 1",
    ),
    "a setuid file of its own": Harmless(
        """
        import os, shutil, subprocess
        shutil.copy('/usr/bin/id', '/tmp/id'); os.chmod('/tmp/id', 0o4755)
        print(b'euid=0' in subprocess.run(['/tmp/id'], capture_output=True).stdout)
        """,
        "False",
    ),
    "typing into the terminal": Refused(
        "import fcntl; [fcntl.ioctl(n, 0x5412, b'x') for n in (0, 1, 2)]"
    ),
    "the terminal": Refused("open('/dev/tty', 'w')"),
    "signals to its parent": Harmless(
        """
        import os
        for target in (os.getppid(), -1, 0):
            try:
                os.kill(target, 0 if target == 0 else 9)
            except OSError:
                pass
        print('nobody was there')
        """,
        "nobody was there",
    ),
    "higher limits": Refused(
        "import resource; resource.setrlimit(resource.RLIMIT_NPROC, (10**6, 10**6))"
    ),
    "a higher priority": Refused("import os; os.nice(-5)"),
}
BOMBS: dict[str, Attack] = {
    "forks": Harmless(
        """
        import os, time
        count = 0
        while count < 500:
            try:
                if not os.fork():
                    time.sleep(30)
                    os._exit(0)
            except OSError:
                break
            count += 1
        print('stopped' if count < 40 else 'ESCAPED', flush=True)
        """,
        "stopped",
    ),
    "threads": Harmless(
        """
        import threading, time
        count = 0
        try:
            for _ in range(500):
                threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
                count += 1
        except RuntimeError:
            pass
        print('stopped' if count < 40 else 'ESCAPED', flush=True)
        """,
        "stopped",
    ),
    "memory": Refused("held = bytearray(4 << 30)"),
    "memory by many": Ended(
        """
        import os, time
        for _ in range(8):
            if not os.fork():
                held = bytearray(b'x') * (40 << 20)
                time.sleep(30)
        time.sleep(30)
        """,
        "memory",
    ),
    "a large file": Refused("open('/tmp/large', 'wb').write(bytes(100 << 20))"),
    "many large files": Refused(
        "[open(f'/tmp/{{n}}', 'wb').write(bytes(8 << 20)) for n in range(50)]"
    ),
    "the other folder": Refused(
        "[open(f'/dev/shm/{{n}}', 'wb').write(bytes(8 << 20)) for n in range(50)]"
    ),
    "files without a name": syscall("call(319, b'm', 0)"),
    "shared memory": syscall("call(29, 0, 1 << 30, 0o1600)"),
    "open files": Refused("held = [open('/dev/null') for _ in range(500)]"),
    "a zip that unpacks large": Refused(
        """
        import io, zipfile
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, 'w', zipfile.ZIP_DEFLATED) as archive:
            archive.writestr('zeros', bytes(12 << 20))
        zipfile.ZipFile(packed).extractall('/tmp')
        """
    ),
    "an endless loop": Ended("while True: pass", "time"),
    "endless sleep": Ended("import time; time.sleep(10**6)", "time"),
    "no end of recursion": Refused("f = lambda: f()\nf()"),
    "signals that are ignored": Ended(
        """
        import signal, time
        for number in set(signal.Signals) - {{signal.SIGKILL, signal.SIGSTOP}}:
            signal.signal(number, signal.SIG_IGN)
        while True: time.sleep(1)
        """,
        "time",
    ),
    "endless output": Ended("while True: print('x' * 1000)", "output"),
    "endless errors": Ended("import sys\nwhile True: print('x' * 1000, file=sys.stderr)", "output"),
    "one endless line": Ended("import sys\nwhile True: sys.stdout.write('x' * 65536)", "output"),
    "an endless report": Ended(
        "import os\nwhile True: os.write(int(os.environ['ATELIER_REPORT']), b'x' * 65536)", "output"
    ),
    "closing its output and going on": Ended(
        "import os, time\nos.close(1); os.close(2); os.closerange(3, 60)\ntime.sleep(10**6)", "time"
    ),
    "many small files": Harmless(
        """
        import itertools, os, time
        started = time.monotonic()
        try:
            for n in itertools.count():
                os.close(os.open('/tmp/' + str(n), os.O_CREAT))
                if time.monotonic() - started > .5: break
        except OSError: pass
        print('they go with it')
        """,
        "they go with it",
    ),
    "a core dump": Harmless(
        """
        import os, subprocess, sys
        child = subprocess.run([sys.executable, '-c', 'import os; os.abort()'], cwd='/tmp')
        print(child.returncode, [name for name in os.listdir('/tmp') if 'core' in name])
        """,
        "-6 []",
    ),
    "living on": Harmless(
        """
        import os, sys, time
        if not os.fork():
            os.setsid()
            if not os.fork():
                for each in (0, 1, 2): os.close(each)
                time.sleep(10**6)
            os._exit(0)
        print('started')
        """,
        "started",
    ),
}
ALL: dict[str, Attack] = {**NETWORK, **FILES, **SECRETS, **POWER, **BOMBS}
