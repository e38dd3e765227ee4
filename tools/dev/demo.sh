#!/usr/bin/env bash
# The main job, visibly: four validators settle a payments file, one is killed and comes back, a receipt is verified
# with the network stopped, the auditor replays the chain and finds a flipped byte. Called by ./dev demo with HP_BIN.
#
# Everything lives in one folder under build/ that is made anew; servers listen on loopback only and are ended by pid.
set -euo pipefail

bin=${HP_BIN:?HP_BIN names the folder of the programs}
lines=10000
accounts=500
base_port=17700
suite=ed25519
keep=
while (($#)); do
  case $1 in
    --lines) lines=${2:?--lines needs a number}; shift ;;
    --base-port) base_port=${2:?--base-port needs a number}; shift ;;
    --suite) suite=${2:?--suite needs ed25519 or sm2}; shift ;;
    --keep) keep=yes ;;
    -h | --help)
      echo "usage: ./dev demo [--suite ed25519|sm2] [--lines N] [--base-port PORT] [--keep]"
      echo "  --keep leaves the network running; its folder is build/demo"
      exit 0
      ;;
    *) echo "demo: unknown argument $1" >&2; exit 2 ;;
  esac
  shift
done

folder=$(cd -- "$bin/../.." && pwd)/demo
started=$SECONDS
validators=(a b c d)
declare -A pids=()
step_number=0

step() {
  step_number=$((step_number + 1))
  printf '\n\033[1m%d. %s\033[0m\n' "$step_number" "$1"
  shift
  local line
  for line in "$@"; do printf '   %s\n' "$line"; done
}

die() {
  printf '\ndemo: %s\n' "$*" >&2
  local v
  for v in "${validators[@]}"; do
    [[ -f $folder/$v.log ]] && { printf -- '--- validator-%s\n' "$v" >&2; tail -n 5 "$folder/$v.log" >&2; }
  done
  exit 1
}

start_validator() {
  "$bin/huangpu-node" start --home "$folder/network/nodes/validator-$1" >>"$folder/$1.log" 2>&1 &
  pids[$1]=$!
}

stop_all() {
  local v
  for v in "${!pids[@]}"; do kill "${pids[$v]}" 2>/dev/null || true; done # || true: it may have ended by itself
  for v in "${!pids[@]}"; do wait "${pids[$v]}" 2>/dev/null || true; done
  pids=()
}
trap stop_all EXIT

# json FILE-OR-TEXT PATH: one value out of a JSON text on standard input.
json() { python3 -c 'import json,sys
value = json.load(sys.stdin)
for key in sys.argv[1].split("."):
    value = value[int(key)] if isinstance(value, list) else value[key]
print(value)' "$1"; }

height_of() { "$bin/huangpu-node" status --home "$folder/network/nodes/validator-$1" --output json 2>/dev/null | json certified_height; }

wait_ready() {
  local v=$1 deadline=$((SECONDS + 60))
  until "$bin/huangpu-node" status --home "$folder/network/nodes/validator-$v" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || die "validator-$v is not ready after a minute"
    sleep 0.2
  done
}

wallet() {
  local who=$1
  shift
  "$bin/huangpu" --wallet "$folder/network/wallets/$who" "$@"
}

rm -rf -- "$folder"
mkdir -p "$folder"

step "A network of four validators" \
  "Four institutions, one process each. Keys, genesis, configuration and certificates are made now."
"$bin/huangpu-admin" network create --validators 4 --out "$folder/network" --base-port "$base_port" \
  --suite "$suite" --chain-name demo --evaluation-limits --output json >"$folder/network.json"
for v in "${validators[@]}"; do start_validator "$v"; done
for v in "${validators[@]}"; do wait_ready "$v"; done
printf '   chain %s, id %s\n' "$(json chain_name <"$folder/network.json")" "$(json chain_id <"$folder/network.json")"

step "Money in two currencies" \
  "Each bank opens accounts; the two central banks issue to BANKA. Only an asset's issuer can do that."
for bank in banka bankb; do
  wallet "$bank" account open --number 1 --count "$accounts" >/dev/null 2>&1 || die "$bank cannot open accounts"
done
wallet cbcny issue --to BANKA:1 "50000000.00 CNY" >/dev/null 2>&1 || die "CNY cannot be issued"
wallet cbhkd issue --to BANKA:1 "50000000.00 HKD" >/dev/null 2>&1 || die "HKD cannot be issued"
wallet banka balance 1 | sed 's/^/   /'

step "A payments file of $lines lines, and a validator that dies in the middle" \
  "BANKA pays from its account 1 to accounts of BANKB. After a while validator-c gets SIGKILL."
python3 - "$lines" "$accounts" >"$folder/payments.csv" <<'PY'
import sys
lines, accounts = int(sys.argv[1]), int(sys.argv[2])
print("reference,debit_account,credit_account,asset,amount,purpose,end_to_end")
for i in range(1, lines + 1):
    asset = "CNY" if i % 2 else "HKD"
    print(f"PAY-{i:06},1,BANKB:{1 + i % accounts},{asset},{i % 997 + 1}.{i % 100:02},SUPP,")
PY
before=$(height_of a)
wallet banka batch "$folder/payments.csv" --individual --result "$folder/payments.result.csv" --output json \
  >"$folder/batch.json" 2>"$folder/batch.log" &
batch=$!
while kill -0 "$batch" 2>/dev/null; do
  (($(height_of a) >= before + 5)) && break
  sleep 0.1
done
kill -KILL "${pids[c]}"
wait "${pids[c]}" 2>/dev/null || true # || true: it was killed
unset "pids[c]"
killed_at=$(height_of a)
printf '   validator-c was killed at height %s; three of four go on\n' "$killed_at"
wait "$batch" || { cat "$folder/batch.log" >&2; die "the payments file did not settle"; }
after=$(height_of a)
((after > killed_at)) || die "the network stood still after the kill"
printf '   the file is settled; the network went from height %s to %s without validator-c\n' "$killed_at" "$after"
wallet banka balance 1 | sed 's/^/   /'

step "The same file again" "Nothing is paid twice: every line answers with its first result."
paid_before=$(wallet banka balance 1 --asset CNY --output json)
wallet banka batch "$folder/payments.csv" --individual --result "$folder/payments.result.csv" --output json \
  >"$folder/batch-again.json" 2>>"$folder/batch.log" || { cat "$folder/batch.log" >&2; die "the second run failed"; }
paid_after=$(wallet banka balance 1 --asset CNY --output json)
balance_of() { python3 -c 'import json,sys; d=json.load(sys.stdin); print((d["balances"] if "balances" in d else d)[0]["balance"])'; }
[[ $(balance_of <<<"$paid_before") == $(balance_of <<<"$paid_after") ]] || die "the second run moved money"
printf '   balance of BANKA:1 before and after: %s\n' "$(balance_of <<<"$paid_after")"

step "validator-c comes back" "It recovers its stores, judges its vote log, fetches what it missed and votes again."
came_back=$SECONDS
start_validator c
wait_ready c
deadline=$((SECONDS + 60))
until (($(height_of c) >= $(height_of a))); do
  ((SECONDS < deadline)) || die "validator-c does not catch up"
  sleep 0.2
done
printf '   level with the others at height %s after %s s\n' "$(height_of c)" "$((SECONDS - came_back))"
for v in "${validators[@]}"; do printf '   validator-%s  certified height %s\n' "$v" "$(height_of "$v")"; done

step "A receipt, verified with the network stopped" \
  "One more payment; its receipt is saved; then all validators stop; the proof needs only the genesis document."
payment=$(wallet banka transfer --from 1 --to BANKB:7 "1250.00 CNY" --purpose SALA --output json 2>/dev/null) ||
  die "the transfer failed"
txid=$(json txid <<<"$payment")
wallet banka receipt save "$txid" --out "$folder/receipt.json" >/dev/null
"$bin/huangpu-node" export --home "$folder/network/nodes/validator-c" --out "$folder/chain.hpa" >"$folder/export.txt"
final_height=$(height_of a)
stop_all
wallet banka receipt verify "$folder/receipt.json" | sed 's/^/   /' || die "the receipt does not verify"

step "The auditor replays the whole chain" "From the archive that validator-c exported: every signature, root and supply."
sed 's/^/   /' "$folder/export.txt"
"$bin/huangpu-audit" replay --archive "$folder/chain.hpa" --genesis "$folder/network/genesis.json" >"$folder/audit.txt" ||
  { cat "$folder/audit.txt"; die "the chain is not clean"; }
sed 's/^/   /' "$folder/audit.txt"

step "One flipped byte" "A copy of the archive with one bit changed: the auditor names the place."
cp "$folder/chain.hpa" "$folder/flipped.hpa"
python3 - "$folder/flipped.hpa" <<'PY'
import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(0, 2)
    place = file.tell() * 2 // 3
    file.seek(place)
    byte = file.read(1)[0]
    file.seek(place)
    file.write(bytes([byte ^ 0x01]))
print(f"   byte {place} changed from {byte:02x} to {byte ^ 1:02x}")
PY
if "$bin/huangpu-audit" replay --archive "$folder/flipped.hpa" --genesis "$folder/network/genesis.json" >"$folder/flipped.txt"; then
  die "the auditor did not see the flipped byte"
fi
grep -A 3 'NOT CLEAN' "$folder/flipped.txt" | sed 's/^/   /'

row() { printf '   %-34s %s\n' "$1" "$2"; }
audited() { sed -n "s/^$1  *//p" "$folder/audit.txt" | head -n 1; }
step "Summary"
row "algorithms" "$(json suite <"$folder/network/genesis.json")"
row "payments in the file" "$lines, individually signed"
row "blocks" "$final_height"
row "transactions" "$(audited transactions)"
row "signatures checked by the auditor" "$(audited signatures)"
row "validator killed and level again" "yes, at height $killed_at"
row "paid twice" "nothing"
row "receipt verified offline" "yes"
row "replay" "clean"
row "flipped byte" "found"
row "time" "$((SECONDS - started)) s"
row "everything is in" "$folder"

if [[ -n $keep ]]; then
  for v in "${validators[@]}"; do start_validator "$v"; done
  for v in "${validators[@]}"; do wait_ready "$v"; done
  trap - EXIT
  printf '\n   The network runs on. End it with: kill %s\n' "${pids[*]}"
  printf '   Try:  %s --wallet %s balance 1\n' "$bin/huangpu" "$folder/network/wallets/banka"
fi
