#!/bin/sh
# Draws the pictures of the README anew: every view, in both themes, of the demo recordings; and
# the states of the window.
#   assets/pictures/make.sh [RVIEW] [FOLDER]
#     RVIEW    the program, without this target/release/rview
#     FOLDER   where to draw states, such as an empty window; without this they are not drawn
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
rview=${1:-$root/target/release/rview}
states=${2:-}
demo=$root/assets/demo
draw() { # NAME THEME DEMO OPTION...
  name=$1 theme=$2 file=$3
  shift 3
  "$rview" render "$demo/$file" --symbols "$demo" --theme "$theme" "$@" -o "$name"
}
view() { # VIEW THEME DEMO OPTION...
  view=$1 theme=$2 file=$3
  shift 3
  draw "$here/$view-$theme.png" "$theme" "$file" --view "$view" "$@"
}
for theme in dark light; do
  view flame-graph "$theme" demo.perf.data --pick gazette::squeeze::huffman
  view flame-chart "$theme" demo.trace.json.gz --range 150ms..420ms
  view call-tree "$theme" demo.perf.data --pick gazette::render::page
  view bottom-up "$theme" demo.perf.data
  view functions "$theme" demo.pb.gz --pick math.sin
  view report "$theme" demo.trace.json.gz
  for view in delta diff-flame side-by-side; do
    "$rview" render "$root/assets/compare/before.pb.gz" "$root/assets/compare/after.pb.gz" --diff \
      --view "$view" --theme "$theme" --pick main.fold -o "$here/$view-$theme.png"
  done
done
[ -n "$states" ] || exit 0

mkdir -p "$states"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo "soup of the day: no profile at all" >"$scratch/menu.perf.data"
# A quarter of a million stacks: what a huge file looks like.
awk 'BEGIN { srand(1); for (i = 0; i < 250000; i++) {
  line = "kitchen"; for (d = 0; d < 12; d++) line = line ";station" d "::step_" int(rand() * rand() * 30)
  print line " " int(rand() * 1000) } }' >"$scratch/banquet.folded"
state() { # NAME THEME DEMO OPTION...
  name=$1
  shift
  draw "$states/$name-$1.png" "$@"
}
for theme in dark light; do
  state welcome "$theme" demo.pb.gz --state welcome
  state dropping "$theme" demo.pb.gz --state dropping
  state loading "$theme" demo.pb.gz --state loading
  state palette "$theme" demo.pb.gz --state palette
  state keys "$theme" demo.pb.gz --state keys
  state open-path "$theme" demo.pb.gz --state open-path
  state split "$theme" demo.perf.data --state split
  state search "$theme" demo.perf.data --view flame-graph --search paint
  state nothing-matches "$theme" demo.perf.data --view functions --search casserole
  state nothing-selected "$theme" demo.perf.data --view call-tree --range 1ns..2ns
  state range "$theme" demo.perf.data --view functions --range 0.6..1.4
  state hover-graph "$theme" demo.perf.data --view flame-graph --pointer 150,450
  state hover-slice "$theme" demo.trace.json.gz --view flame-chart --pointer 560,380
  state small "$theme" demo.trace.json.gz --size 640x400
  state sharp "$theme" demo.perf.data --scale 2 --view call-tree
  "$rview" render "$scratch/menu.perf.data" --state failed --theme "$theme" -o "$states/failed-$theme.png"
  "$rview" render "$scratch/banquet.folded" --theme "$theme" -o "$states/huge-$theme.png"
done
