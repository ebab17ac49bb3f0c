#!/bin/sh
# `nightly.sh`: every night at NIGHTLY_AT (03:00 UTC), `nightly.sh once`. `nightly.sh once`: takes in the ratings of
# INCOMING (/incoming/ratings.csv) where that file is there, trains with them and with the feedback, and activates the run
# unless it is worse.
# `nightly.sh COMMAND …`: a command of multvae. What fails is said on stderr, and the next night tries again.
set -u
multvae="${MULTVAE:-node /app/dist/cli/main.js}"
incoming="${INCOMING:-/incoming/ratings.csv}"

once() {
  if [ -e "$incoming" ]; then
    $multvae refresh "$incoming" --with-feedback
  else
    $multvae refresh --with-feedback
  fi
}

case "${1:-nightly}" in
  once) once ;;
  nightly)
    while :; do
      now=$(date -u +%s)
      next=$(date -u -d "${NIGHTLY_AT:-03:00}" +%s)
      [ "$next" -gt "$now" ] || next=$((next + 86400))
      sleep $((next - now)) || exit
      once || echo "nightly: failed with exit code $?; the run before goes on serving" >&2
    done
    ;;
  *) exec $multvae "$@" ;;
esac
