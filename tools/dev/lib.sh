# shellcheck shell=bash
# shellcheck disable=SC2154  # root, preset, jobs and build are set by ./dev
# Functions of ./dev: output, package installation, configuring and building.
#
# Sourced by ./dev after it has set root, preset, jobs and build.

say() { printf '==> %s\n' "$*"; }

die() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}

# Compiling gRPC and Asio sources takes over a gigabyte each, so memory bounds the number of jobs too.
default_jobs() {
  local cores kib by_memory
  cores=$(nproc)
  kib=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)
  by_memory=$((kib / 1300000))
  ((by_memory >= 1)) || by_memory=1
  ((by_memory < cores)) && cores=$by_memory
  printf '%s\n' "$cores"
}

# run_logged NAME COMMAND...: output goes to build/log/NAME.log; it is shown when the command fails. While it
# runs, the last line of the log is repeated every minute, so that a long build is seen to move.
run_logged() {
  local log=$root/build/log/$1.log started=$SECONDS status=0 job tick=0
  shift
  mkdir -p "${log%/*}"
  "$@" >"$log" 2>&1 &
  job=$!
  while kill -0 "$job" 2>/dev/null; do
    sleep 0.2
    if ((++tick % 300 == 0)); then
      printf '    %4d s  %s\n' $((SECONDS - started)) "$(tail -n 1 "$log" | cut -c1-100)"
    fi
  done
  wait "$job" || status=$?
  if ((status != 0)); then
    tail -n 60 "$log" >&2
    die "failed with exit code $status; the whole output is in ${log#"$root"/}"
  fi
}

packages_in() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$1"; }

missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
      printf '%s\n' "$package"
  done
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "cannot install packages: neither root nor sudo; run as root: apt-get install ${missing[*]}"
  fi
}

# install_packages FILE...: installs what is missing of the packages listed in the files.
install_packages() {
  local file
  local -a wanted=() missing=()
  command -v dpkg-query >/dev/null || die "setup knows only Debian; install the packages of ${1#"$root"/} by hand"
  for file in "$@"; do
    mapfile -t -O "${#wanted[@]}" wanted < <(packages_in "$file")
  done
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  ((${#missing[@]})) || return 0
  say "install ${#missing[@]} packages: ${missing[*]}"
  as_root true
  run_logged apt-update as_root env DEBIAN_FRONTEND=noninteractive apt-get update
  run_logged apt-install as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "${missing[@]}"
}

configure() {
  say "configure ($preset)"
  run_logged "configure-$preset" cmake --preset "$preset" -S "$root"
}

# build_targets [TARGET...]: everything when no target is named.
build_targets() {
  local started=$SECONDS
  local -a command=(cmake --build "$build" --parallel "$jobs")
  if (($#)); then
    command+=(--target "$@")
  fi
  say "build ($preset, $jobs jobs)${1:+: $*}"
  if [[ -t 1 ]]; then
    "${command[@]}" || die "the build failed"
  else
    run_logged "build-$preset" "${command[@]}"
  fi
  printf '    %4d s\n' $((SECONDS - started))
}

# run_tests CTEST-ARGUMENT...: shows only what fails; ctest's summary is the last line.
run_tests() {
  local log=$root/build/log/test-$preset.log
  say "test ($preset, $jobs jobs)"
  mkdir -p "${log%/*}"
  ctest --test-dir "$build" --output-on-failure --no-tests=error --parallel "$jobs" "$@" 2>&1 |
    tee "$log" |
    awk '/^ *Start +[0-9]+: / || /\.\.\. +Passed +[0-9.]+ sec$/ || /^Internal ctest changing/ { next }
         /^[0-9]+% tests passed, / { summary = $0; next }
         /^$/ { if (blank++) next }
         !/^$/ { blank = 0 }
         { print; fflush() }
         END { if (summary) print summary }'
}
