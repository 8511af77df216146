/**
 * Puts together the disk that a sealed task sees, in new namespaces, and runs the command in it. Arguments: where to put
 * it together, the folder to run in, three for each thing to be seen (see `Sight`), `--`, the command.
 *
 * The shell stays as the first process of its namespace: that one hears no signal it does not ask for, and when it ends
 * the kernel ends all others. The command gets all signals, is not allowed to mount anything, and finds its own PATH.
 */
export const sealScript = `
set -eu
root=$1 folder=$2 path=$PATH
shift 2
PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount --make-rprivate /
mkdir -p "$root"
mount -t tmpfs -o mode=0755 tidegate "$root"
while [ "$1" != -- ]; do
  at=$root$3
  mkdir -p "\${at%/*}"
  case $1 in
    see) mkdir -p "$at"; mount --rbind "$2" "$at"; mount -o remount,bind,ro "$at" ;;
    change) mkdir -p "$at"; mount --bind "$2" "$at" ;;
    file) : > "$at"; mount --bind "$2" "$at" ;;
    link) ln -s "$2" "$at" ;;
    empty) mkdir -p "$at"; chmod 0700 "$at" ;;
    open) mkdir -p "$at"; chmod 1777 "$at" ;;
  esac
  shift 3
done
shift
mkdir -p "$root/proc" "$root/.old" "$root$folder"
mount -t proc proc "$root/proc"
if command -v ip >/dev/null; then ip link set lo up 2>/dev/null || :; fi
cd "$root"
pivot_root . .old
cd /
umount -l /.old
rmdir /.old
cd "$folder"
setpriv=$(command -v setpriv)
PATH=$path
TMPDIR=/tmp
export TMPDIR
set +e
"$setpriv" --bounding-set=-sys_admin,-sys_ptrace,-sys_module,-mknod -- "$@"
exit $?
`;
