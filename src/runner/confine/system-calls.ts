const offset = { number: 0, arch: 4, firstArgument: 16 };
const errno = { notPermitted: 1, noSystemCall: 38, noFamily: 97 };
/** Jumps of classic BPF: equal, greater or equal, any bit in common. */
const [equal, atLeast, anyBit] = [0x15, 0x35, 0x45];
const newUserNamespace = 0x1000_0000;
/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK. */
const families = [1, 2, 10, 16];

interface Machine {
  /** The kernel's number of the architecture (linux/audit.h). */
  readonly audit: number;
  /** Numbers from which on another set of calls begins, that would go round the list (x32). */
  readonly foreignFrom?: number;
  readonly refused: readonly number[];
  readonly unshare: number;
  readonly clone: number;
  readonly socket: number;
}

/** clone3 hides its flags behind a pointer: who is told that there is none uses clone. The same number everywhere. */
const clone3 = 435;
/** io_uring_setup, io_uring_enter, io_uring_register: its operations go round every filter. The same numbers everywhere. */
const rings = [425, 426, 427];
/** open_tree, move_mount, fsopen, fsconfig, fsmount, mount_setattr: the same numbers everywhere. */
const mounting = [428, 429, 430, 431, 432, 442];

/**
 * `refused`: add_key, request_key, keyctl, setns, mount, umount2, pivot_root, open_by_handle_at, bpf, perf_event_open,
 * userfaultfd, syslog, clock_settime, settimeofday.
 */
const machines: Readonly<Record<string, Machine>> = {
  x64: {
    audit: 0xc000_003e,
    foreignFrom: 0x4000_0000,
    refused: [248, 249, 250, 308, 165, 166, 155, 304, 321, 298, 323, 103, 227, 164, ...mounting],
    unshare: 272,
    clone: 56,
    socket: 41,
  },
  arm64: {
    audit: 0xc000_00b7,
    refused: [217, 218, 219, 268, 40, 39, 41, 265, 280, 241, 282, 116, 112, 170, ...mounting],
    unshare: 97,
    clone: 220,
    socket: 198,
  },
};

/**
 * The filter of system calls of a sealed task, as the program of classic BPF that `bwrap --seccomp` loads; `undefined` for a
 * kind of processor (`process.arch`) whose numbers are not known here. It takes away what reaches past namespaces although it
 * needs no capability: the kernel's keyrings and log, address families that no network namespace holds (vsock, to the host of
 * a virtual machine), and user namespaces of the task's own, in which it had capabilities again. What needs a capability
 * anyway is refused once more. Programs of another architecture find no system call. See the kernel's seccomp_filter.rst.
 */
export function systemCallFilter(arch: string): Buffer | undefined {
  const machine = machines[arch];
  if (machine === undefined) return undefined;
  const { audit, foreignFrom, refused, unshare, clone, socket } = machine;
  return Buffer.concat([
    load(offset.arch),
    jump(equal, audit, 1, 0),
    refuse(errno.noSystemCall),
    load(offset.number),
    ...(foreignFrom === undefined ? [] : [when(atLeast, foreignFrom, [refuse(errno.noSystemCall)])]),
    ...refused.map((call) => when(equal, call, [refuse(errno.notPermitted)])),
    ...[clone3, ...rings].map((call) => when(equal, call, [refuse(errno.noSystemCall)])),
    ...[unshare, clone].map((call) => when(equal, call, firstArgument(newUserNamespaces()))),
    when(equal, socket, firstArgument([...families.map((one) => when(equal, one, [allow()])), refuse(errno.noFamily)])),
    allow(),
  ]);
}

function newUserNamespaces(): Buffer[] {
  return [when(anyBit, newUserNamespace, [refuse(errno.notPermitted)]), allow()];
}

/** What goes by the first argument; has to answer in every case, since the number is forgotten. */
function firstArgument(then: readonly Buffer[]): Buffer[] {
  return [load(offset.firstArgument), ...then];
}

function when(kind: number, value: number, then: readonly Buffer[]): Buffer {
  const body = Buffer.concat(then);
  return Buffer.concat([jump(kind, value, 0, body.length / 8), body]);
}

function load(at: number): Buffer {
  return instruction(0x20, 0, 0, at);
}

function jump(kind: number, value: number, ifTrue: number, ifFalse: number): Buffer {
  return instruction(kind, ifTrue, ifFalse, value);
}

function allow(): Buffer {
  return instruction(0x06, 0, 0, 0x7fff_0000);
}

function refuse(error: number): Buffer {
  return instruction(0x06, 0, 0, 0x0005_0000 | error);
}

/** `struct sock_filter`; both architectures are little-endian. */
function instruction(code: number, ifTrue: number, ifFalse: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(ifTrue, 2);
  bytes.writeUInt8(ifFalse, 3);
  bytes.writeUInt32LE(value >>> 0, 4);
  return bytes;
}
