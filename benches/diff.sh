#!/usr/bin/env bash
# CPU time of `diff` between two revisions with 1,000 flags each, 20 of them changed, as a ratio to
# `check` of both. The binary is the first argument; each command runs as often as the second says.
set -euo pipefail
flagstaff=$(realpath "${1:-target/release/flagstaff}")
runs=${2:-20}
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a

git init --quiet --initial-branch=main
mkdir flags
printf 'segments:\n  benelux:\n    - where: { country: [NL, BE, LU] }\n' >flags/segments.yaml
for file in $(seq 0 99); do
  {
    echo "flags:"
    for flag in $(seq 0 9); do
      cat <<END
  team-$file/flag-$flag:
    description: What flag $flag of team $file is for, in a sentence or two
    owner: team-$file
    enabled: true
    variants: { light: { accent: "#0b57d0" }, dark: { accent: "#8ab4f8" } }
    off_variant: light
    users: { dark: [u-17, u-23] }
    rules:
      - name: staff
        if: [where: { is_staff: true }]
        serve: dark
      - name: ramp
        if: [segment: benelux, { attribute: age, operator: gte, value: 18 }]
        rollout_percentage: 10
        serve: dark
    default: light
END
    done
  } >"flags/team-$file.yaml"
done
git add --all && git commit --quiet --message before
cp -r flags before
for file in $(seq 0 19); do
  sed -i '0,/rollout_percentage: 10/s//rollout_percentage: 25/' "flags/team-$file.yaml"
done
git commit --quiet --all --message after

# Seconds of CPU time that so many runs take.
cpu() {
  local TIMEFORMAT='%U %S' times
  times=$({ time for _ in $(seq "$runs"); do "$@" >/dev/null; done; } 2>&1)
  awk '{ print $1 + $2 }' <<<"$times"
}

"$flagstaff" diff HEAD~1 HEAD | tail -2
for round in 1 2 3; do
  diff=$(cpu "$flagstaff" diff HEAD~1 HEAD)
  check=$(awk '{ print $1 + $2 }' <<<"$(cpu "$flagstaff" check before) $(cpu "$flagstaff" check flags)")
  awk -v diff="$diff" -v check="$check" -v runs="$runs" 'BEGIN {
    printf "diff %.1f ms, check of both %.1f ms, ratio %.2f\n", 1000 * diff / runs,
      1000 * check / runs, diff / check }'
done
