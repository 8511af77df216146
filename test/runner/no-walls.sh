# What a sealed task has around it, without the walls: `no-walls.sh PLACE PROJECT [WORD…] -- ARGUMENT…` runs the project's probe.py
# behind the words (setpriv, say) and gives it the arguments, and at the end the process that a sealed task may not see.
#
# For `unshare --mount --pid --ipc --fork`, as root. Nothing of the machine is changed: its files lie under an overlay that is
# gone with the namespace, and so are the processes; of the rest the probe opens what could be changed, or sets it to what it is.
# PLACE: an empty folder.
set -e
place=$1 project=$2
shift 2

mount -t tmpfs -o mode=755 over "$place"
mkdir "$place/upper" "$place/work" "$place/root"
mount -t overlay -o "lowerdir=/,upperdir=$place/upper,workdir=$place/work" overlay "$place/root"
cd "$place/root"
mount --bind usr usr
# Mounts of the real ones, since a file's handle is one of its file system.
mkdir -p "./$project"
for folder in "$project" /usr/bin; do mount --bind "$folder" "./$folder"; done
mount -t proc proc proc
mount -t tmpfs -o mode=755 dev dev
for device in null zero random urandom; do
  : > "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mkdir -m 1777 dev/shm
mkdir -p usr/local/src
mount -t tmpfs -o mode=1777 submount usr/local/src
cp usr/bin/id usr/local/src/id
chmod 4755 usr/local/src/id
mkdir -p -m 1777 home/probe
mkdir -p mnt
pivot_root . mnt
umount -l /mnt

cd "$project"
export HOME=/home/probe
# As the pipeline's own process does, it bears a name that the probe looks for.
sh -c 'while :; do sleep 60; done' child-run &
outside=$!
words=()
while [ "$1" != -- ]; do
  words+=("$1")
  shift
done
shift
exec 60< probe.py
exec "${words[@]}" /usr/bin/python3 probe.py "$@" "$outside"
