"""What somebody would try from within a sealed task, one line each: what is tried, and what came of it.

`probe.py prepare PROGRAM…` is for outside: it makes a session keyring with a key in it and becomes the program.
`probe.py handle FILE` tells the kernel's handle of a file, as hexadecimal digits.
Otherwise the arguments are a handle, and the process outside that nobody may see.

Every way is also tried where no walls stand (`no-walls.sh`): one that fails there, too, proves nothing.
"""

import ctypes
import errno
import mmap
import os
import platform
import signal
import socket
import sys

libc = ctypes.CDLL(None, use_errno=True)
is_arm = platform.machine() == "aarch64"
numbers = {
    "add_key": 217 if is_arm else 248,
    "keyctl": 219 if is_arm else 250,
    "name_to_handle_at": 264 if is_arm else 303,
    "open_by_handle_at": 265 if is_arm else 304,
    "unshare": 97 if is_arm else 272,
    "clone": 220 if is_arm else 56,
    "clone3": 435,
    "mount": 40 if is_arm else 165,
    "umount2": 39 if is_arm else 166,
    "ptrace": 117 if is_arm else 101,
    "clock_settime": 112 if is_arm else 227,
    "clock_gettime": 113 if is_arm else 228,
    "io_uring": 425,
    "syslog": 116 if is_arm else 103,
}
CWD, SESSION, NEWUSER, NEWNS = -100, -3, 0x10000000, 0x20000


def call(name, *words):
    result = libc.syscall(numbers[name], *words)
    if result == -1:
        raise OSError(ctypes.get_errno(), name)
    return result


class Handle(ctypes.Structure):
    _fields_ = [("size", ctypes.c_uint), ("kind", ctypes.c_int), ("bytes", ctypes.c_ubyte * 128)]


def handle_of(path):
    handle, mount = Handle(size=128), ctypes.c_int()
    call("name_to_handle_at", CWD, path.encode(), ctypes.byref(handle), ctypes.byref(mount), 0)
    return bytes(handle).hex()


if sys.argv[1] == "handle":
    print(handle_of(sys.argv[2]))
    sys.exit()

if sys.argv[1] == "prepare":
    call("keyctl", 1, None)
    call("add_key", b"user", b"tidegate-probe", b"secret", 6, SESSION)
    os.execvp(sys.argv[2], sys.argv[2:])

outside_handle, outside_pid = sys.argv[1], int(sys.argv[2])


# How the system says no. Any other error is one of the attempt itself, which then has not tried what it is there for.
noes = [
    errno.EPERM,
    errno.EACCES,
    errno.EROFS,
    errno.ENOENT,
    errno.ESRCH,
    errno.ENOSYS,
    errno.ENOMEM,
    errno.EAFNOSUPPORT,
]


def outcome(attempt):
    """0 when it succeeds, the number of the error otherwise. In a process of its own: some change what the process is."""
    child = os.fork()
    if child == 0:
        code = 255
        try:
            attempt()
            code = 0
        except OSError as error:
            code = error.errno
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def refused(attempts):
    """The names of those that the system does not refuse, with the error where there is another one."""
    told = [(name, outcome(attempt)) for name, attempt in attempts]
    done = [name if code == 0 else f"{name} ({errno.errorcode.get(code, code)})" for name, code in told if code not in noes]
    return ", ".join(done) or "refused"


def by_handle(folder, flags):
    handle = Handle.from_buffer_copy(bytes.fromhex(outside_handle))
    mount = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    return os.read(call("open_by_handle_at", mount, ctypes.byref(handle), flags), 100)


def write(path):
    return os.open(path, os.O_WRONLY)


def make(folder):
    return os.open(f"{folder}/tidegate-was-here", os.O_WRONLY | os.O_CREAT)


def set_clock():
    now = (ctypes.c_long * 2)()
    call("clock_gettime", 0, now)
    return call("clock_settime", 0, now)


def status(*names):
    with open("/proc/self/status") as file:
        lines = dict(line.rstrip("\n").split(":\t", 1) for line in file)
    return [lines[name] for name in names]


def open_socket(family):
    """Of any kind: each family has others."""
    for kind in [socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET]:
        try:
            return socket.socket(family, kind)
        except OSError as error:
            last = error
    raise last


def bind():
    call("mount", b"/", b"/tmp", None, 4096, None)
    call("umount2", b"/tmp", 2)


def clone():
    if call("clone", NEWUSER | signal.SIGCHLD, 0, 0, 0, 0) == 0:
        os._exit(0)


def clone3():
    words = (ctypes.c_ulonglong * 8)(NEWUSER, 0, 0, 0, signal.SIGCHLD)
    if call("clone3", words, 64) == 0:
        os._exit(0)


def others():
    seen = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            text = file.read()
        if b"child-run" in text or b"vitest" in text:
            seen.append(pid)
    return "seen" if seen else "unseen"


def descriptors():
    listing = os.open("/proc/self/fd", os.O_RDONLY)
    return " ".join(str(one) for one in sorted(map(int, os.listdir(listing))) if one != listing and is_open(one))


def is_open(descriptor):
    """Not one that was open only while the folder was listed."""
    try:
        return bool(os.fstat(descriptor))
    except OSError:
        return False


def read(path):
    with open(path, "rb") as file:
        return file.read()


def folders_around():
    return ["/", "/dev", "/etc", "/usr", "/opt", "/var", "/home", "/root"]


def setuid_program():
    user = os.popen("/usr/local/src/id -u 2>/dev/null").read().strip()
    return {"": "not there", "0": "root"}.get(user, "no root")


def fork_bomb():
    children = []
    try:
        while len(children) < 2200:
            child = os.fork()
            if child == 0:
                signal.pause()
            children.append(child)
    except OSError:
        pass
    for child in children:
        os.kill(child, signal.SIGKILL)
    return len(children)


def temporary():
    total = 0
    for folder in ["/tmp", "/var/tmp", "/dev/shm", os.environ["HOME"]]:
        os.close(make(folder))
        space = os.statvfs(folder)
        total += space.f_blocks * space.f_frsize
    return total


memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
capabilities = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]
settings = ["/proc/sys/kernel/core_pattern", "/proc/sys/vm/drop_caches", "/proc/sysrq-trigger"]
keys = [("session", lambda: call("keyctl", 10, SESSION, b"user", b"tidegate-probe", 0))]
keys += [(path, lambda path=path: read(path)) for path in ["/proc/keys", "/proc/key-users"]]
user_spaces = [("unshare", lambda: call("unshare", NEWUSER | NEWNS)), ("clone", clone), ("clone3", clone3)]
mounts = [("bind", bind), ("remount", lambda: call("mount", None, b"/usr", None, 4096 | 32, None))]
rings = [("setup", lambda: call("io_uring", 1, ctypes.create_string_buffer(200)))]
modes = [("read", os.O_RDONLY), ("write", os.O_RDWR)]
handles = [(f"{how} at {f}", lambda f=f, w=w: by_handle(f, w)) for f in ["/usr/bin", "."] for how, w in modes]
# All but Unix, IPv4, IPv6 and netlink, which a network namespace holds.
families = [family for family in range(1, 46) if family not in [1, 2, 10, 16]]
sockets = [(f"family {one}", lambda one=one: open_socket(one)) for one in families]

print("descriptors:", descriptors())
print("capabilities:", "none" if all(int(one, 16) == 0 for one in status(*capabilities)) else "some")
print("user:", "root" if "0" in status("Uid")[0].split() else "not root")
print("new privileges:", "none" if status("NoNewPrivs") == ["1"] else "possible")
print("setuid program:", setuid_program())
print("file by handle:", refused(handles))
print("kernel settings:", refused([(path, lambda path=path: write(path)) for path in settings]))
print("clock:", refused([("set", set_clock)]))
print("other processes:", others())
print("trace:", refused([("attach", lambda: call("ptrace", 16, outside_pid, None, None)), ("signal", lambda: os.kill(outside_pid, 0))]))
print("keyrings:", refused(keys))
print("kernel log:", refused([("syslog", lambda: call("syslog", 3, ctypes.create_string_buffer(100), 100))]))
print("user namespace:", refused(user_spaces))
print("mount:", refused(mounts))
print("sockets:", refused(sockets))
print("ring:", refused(rings))
print("submount:", refused([("write", lambda: make("/usr/local/src"))]))
print("system:", refused([(folder, lambda folder=folder: make(folder)) for folder in folders_around()]))
print("memory:", refused([("map", lambda: mmap.mmap(-1, memory, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))]))
print("temporary space:", "some" if temporary() <= memory * 0.51 else "all")
print("processes:", "some" if fork_bomb() <= 2048 else "all")
