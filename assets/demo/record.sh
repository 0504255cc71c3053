#!/bin/bash
# record.sh: makes demo.bin and demo.perf.data again (perf, musl-tools, unshare)
set -e
D=$(cd "$(dirname "$0")" && pwd)
if [ -z "$RV_IN" ]; then exec env RV_IN=1 unshare --uts bash -c 'hostname demo; exec "$0"' "$D/record.sh"; fi
mkdir -p /tmp/rv/demo; cp "$D/demo.cpp" /tmp/rv/demo/; cd /tmp/rv/demo
musl-gcc -x c++ -static -O2 -g0 -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -fno-optimize-sibling-calls \
  -fno-exceptions -fno-rtti -fno-threadsafe-statics -nostdinc++ -fno-ipa-icf -fno-math-errno -Wl,--build-id -o demo.bin demo.cpp
env -i PATH=/usr/bin:/bin HOME=/tmp/rv LC_ALL=C perf record -q -N --no-bpf-event --switch-events -o demo.perf.data -F 1999 -e cpu-clock:u -g -- ./demo.bin
python3 "$D/../../tests/fixtures/perf.data/plain.py" demo.perf.data
cp demo.bin demo.perf.data "$D/"
