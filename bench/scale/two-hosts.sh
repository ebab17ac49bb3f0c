#!/bin/sh
# Two network namespaces of this machine, joined at 1 Gbit/s, as two hosts for the benchmark `distributed`. Linux, as root.
#
#   bench/scale/two-hosts.sh [FLAGS OF THE BENCHMARK]      RATE=1gbit by default
#
# One process runs in each. Open MPI starts that of the second "host" through this script as its remote shell.
set -eu
case "${1:-}" in
10.99.0.*)
    host=$1
    shift
    exec ip netns exec "multvae${host##*.}" unshare -u sh -c "hostname multvae${host##*.}; $*"
    ;;
esac
remove() {
    for n in 1 2; do ip netns del "multvae$n" 2>/dev/null || true; done
}
trap remove EXIT
remove
for n in 1 2; do ip netns add "multvae$n"; done
ip link add mv1 netns multvae1 type veth peer name mv2 netns multvae2
for n in 1 2; do
    in="ip netns exec multvae$n"
    $in ip addr add "10.99.0.$n/24" dev "mv$n"
    $in ip link set "mv$n" up
    $in ip link set lo up
    $in tc qdisc add dev "mv$n" root tbf rate "${RATE:-1gbit}" burst 128kb latency 50ms
done
net="--mca btl_tcp_if_include 10.99.0.0/24 --mca oob_tcp_if_include 10.99.0.0/24"
mpirun="ip netns exec multvae1 mpirun --oversubscribe --bind-to none --mca plm_rsh_agent $(readlink -f "$0")"
node --import tsx bench/main.ts distributed --ranks 1,2 --transports tcp \
    --launch "$mpirun --host 10.99.0.1:1,10.99.0.2:1 $net" "$@"
