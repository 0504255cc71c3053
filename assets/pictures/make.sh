#!/bin/sh
# Draws the pictures of the README anew: every view, in both themes, of the demo recordings.
#   assets/pictures/make.sh [RVIEW]        RVIEW: the program, without this target/release/rview
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
rview=${1:-$root/target/release/rview}
draw() { # VIEW THEME DEMO
  "$rview" render "$root/assets/demo/$3" --symbols "$root/assets/demo" --view "$1" --theme "$2" \
    --size 1280x800 -o "$here/$1-$2.png"
}
for theme in dark light; do
  draw flame-graph "$theme" demo.perf.data
  draw flame-chart "$theme" demo.trace.json.gz
  draw call-tree "$theme" demo.perf.data
  draw bottom-up "$theme" demo.perf.data
  draw functions "$theme" demo.pb.gz
  draw report "$theme" demo.trace.json.gz
done
