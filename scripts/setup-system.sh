#!/usr/bin/env bash
# Installs the Debian packages that the tests use, those that are missing, and says what it did. Running it again does
# nothing. Tests that find a program missing skip themselves, unless TIDEGATE_REQUIRE_ALL is set.
set -euo pipefail

packages=(
  age        # data keys that another program wraps and opens
  bubblewrap # the walls of sealed tasks
  bsdutils   # script: a terminal for tests of the live view
  caddy      # HTTPS in front of the gateway, as docs/https.md says
  gcc        # that compilers work in sealed tasks
  git        # repositories for provenance
  golang-go  # that Go builds in sealed tasks
  gunicorn   # serves Flask and Django in the tests of what init writes
  haproxy    # the same; and a second opinion on what is HTTP
  iproute2   # ip: the loopback of sealed tasks with services
  libc6-dev  # what gcc needs to make a program
  mount      # a small tmpfs, for a disk that is full
  nginx-light # a third opinion on what is HTTP
  postgresql # the machine's own server, with pg_dump
  python3    # tries out the walls of sealed tasks
  python3-django  # applications as people bring them, for the tests of what init writes
  python3-fastapi # the same
  python3-flask   # the same
  python3-pytest  # the same
  strace     # audits of what a task reads and writes
  tmux       # a terminal that can be typed into and read
  uvicorn    # serves FastAPI in the tests of what init writes
  util-linux # setpriv, prlimit: sealed tasks; unshare: mounts that only one test sees
)

is_installed() {
  [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

if ! command -v dpkg-query apt-get >/dev/null; then
  echo "setup-system: not a Debian system, nothing done. Needed: ${packages[*]}"
  exit 0
fi

missing=()
for package in "${packages[@]}"; do
  is_installed "$package" || missing+=("$package")
done

if [ ${#missing[@]} -eq 0 ]; then
  echo "setup-system: nothing to do, installed: ${packages[*]}"
  exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "setup-system: run as root to install: ${missing[*]}" >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
install=(apt-get install --yes --quiet --no-install-recommends -o Dpkg::Use-Pty=0)
# Package lists may be missing or too old: then they are read, and it is tried once more.
"${install[@]}" "${missing[@]}" >/dev/null 2>&1 || {
  apt-get update --quiet >/dev/null
  "${install[@]}" "${missing[@]}" >/dev/null
}
echo "setup-system: installed ${missing[*]}"
