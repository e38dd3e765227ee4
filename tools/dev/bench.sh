#!/usr/bin/env bash
# All benchmarks against a network of four validators on this machine, then the micro-benchmarks. Called by ./dev bench
# with HP_BIN and HP_BENCH. Result on standard output, progress on standard error.
set -euo pipefail

bin=${HP_BIN:?HP_BIN names the folder of the programs}
micro=${HP_BENCH:?HP_BENCH names the folder of the micro-benchmarks}
seconds=60
base_port=18700
json=
only=
while (($#)); do
  case $1 in
    --json) json=yes ;;
    --seconds) seconds=${2:?--seconds needs a number}; shift ;;
    --only) only=${2:?--only needs latency, single, bulk or micro}; shift ;;
    -h | --help)
      echo "usage: ./dev bench [--json] [--seconds N] [--only latency|single|bulk|micro]"
      exit 0
      ;;
    *) echo "bench: unknown argument $1" >&2; exit 2 ;;
  esac
  shift
done

folder=$(cd -- "$bin/../.." && pwd)/bench-network
pids=()
stop_all() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done # || true: it may have ended by itself
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  pids=()
}
trap stop_all EXIT

fresh_network() {
  stop_all
  rm -rf -- "$folder"
  "$bin/huangpu-admin" network create --validators 4 --out "$folder" --base-port "$base_port" --chain-name bench \
    --evaluation-limits >/dev/null
  local home deadline=$((SECONDS + 60))
  for home in "$folder"/nodes/*; do
    "$bin/huangpu-node" start --home "$home" >>"$folder/${home##*/}.log" 2>&1 &
    pids+=($!)
  done
  for home in "$folder"/nodes/*; do
    until "$bin/huangpu-node" status --home "$home" >/dev/null 2>&1; do
      ((SECONDS < deadline)) || { echo "bench: ${home##*/} is not ready" >&2; exit 1; }
      sleep 0.2
    done
  done
}

results=()
# run ARGUMENTS...: one load on the network that runs now. Leaves the throughput in `reached`.
run() {
  local report=$folder/report.json
  if [[ -n $json ]]; then
    "$bin/huangpu-bench" "$@" --network "$folder" --report "$report" >&2
    results+=("$(<"$report")")
  else
    "$bin/huangpu-bench" "$@" --network "$folder" --report "$report"
    echo
  fi
  reached=$(python3 -c 'import json,sys; print(int(json.load(open(sys.argv[1]))["transfers_per_second"]))' "$report")
}

# measure NAME ARGUMENTS...: a fresh network; as much as it takes, then on schedule at four fifths of that, so that the
# latencies are those of a load that does not wait for the network.
measure() {
  local name=$1
  shift
  [[ -z $only || $only == "$name" ]] || return 0
  printf '==> %s\n' "$name" >&2
  fresh_network
  run "$name" "$@"
  if [[ $name != latency ]]; then
    printf '==> %s, open loop\n' "$name" >&2
    run "$name" "$@" --rate "$((reached * 4 / 5))" --window 1000000
  fi
}

measure latency --seconds "$((seconds / 3))" --accounts 1000
measure single --seconds "$((seconds / 2))" --accounts 10000
measure bulk --seconds "$seconds" --accounts 10000
stop_all

if [[ -z $only || $only == micro ]]; then
  for program in "$micro"/*; do
    [[ -x $program && -f $program ]] || continue
    printf '==> %s\n' "${program##*/}" >&2
    if [[ -n $json ]]; then
      results+=("$("$program" --benchmark_format=json --benchmark_min_time=0.2)")
    else
      "$program" --benchmark_min_time=0.2
    fi
  done
fi
if [[ -n $json ]]; then
  (IFS=,; printf '[%s]\n' "${results[*]}")
fi
