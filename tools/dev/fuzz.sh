#!/usr/bin/env bash
# Runs libFuzzer targets one after the other.
#
# usage: fuzz.sh BUILD-FOLDER SECONDS [TARGET..]
# New inputs are kept in BUILD-FOLDER/corpus/TARGET; the committed corpus is read and never written. A crashing
# input is left in BUILD-FOLDER/crash; the other targets still run, then the exit code is 1.
set -euo pipefail

build=${1:?build folder}
seconds=${2:?seconds per target}
shift 2
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "fuzz.sh: seconds must be a positive number" >&2; exit 1; }

mkdir -p "$build/crash" "$build/log"
failed=() count=0
while read -r target corpus; do
  if (($#)) && [[ " $* " != *" $target "* ]]; then
    continue
  fi
  mkdir -p "$build/corpus/$target"
  log=$build/log/$target.log
  printf '==> fuzz %s for %s s\n' "$target" "$seconds"
  if "$build/fuzz/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$build/crash/$target-" "$build/corpus/$target" "$corpus" </dev/null >"$log" 2>&1; then
    awk '/^stat::number_of_executed_units:/ {runs = $2} /^stat::new_units_added:/ {added = $2}
         END {printf "    %d inputs, %d kept as new\n", runs, added}' "$log"
  else
    tail -n 40 "$log" >&2
    failed+=("$target")
  fi
  count=$((count + 1))
done <"$build/fuzzers.txt"

((count > 0)) || { echo "fuzz.sh: no such target: $*" >&2; exit 1; }
if ((${#failed[@]})); then
  echo "fuzz.sh: ${#failed[@]} of $count targets failed: ${failed[*]}; inputs are in $build/crash" >&2
  exit 1
fi
echo "$count fuzz targets, nothing found"
