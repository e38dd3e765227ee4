#!/usr/bin/env bash
# Checks every shell script of the repository with shellcheck.
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
mapfile -t scripts < <(find dev .ci tools tests deploy -type f \( -name '*.sh' -o -path dev -o -path .ci/run \) | sort)
shellcheck --external-sources --source-path=SCRIPTDIR "${scripts[@]}"
echo "${#scripts[@]} shell scripts"
