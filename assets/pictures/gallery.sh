#!/bin/sh
# Draws every view in both themes, at one and two pixels a point, of little and of much data: to
# look at, one by one, before a release. Nothing of it is kept in the repository.
#   assets/pictures/gallery.sh FOLDER [RVIEW] [ONLY]
#     FOLDER   where to draw
#     RVIEW    the program, without this target/release/rview
#     ONLY     draws only pictures with this in their names, such as -dark-1x
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
[ $# -ge 1 ] || { sed -n '4,7s/^# \{0,1\}//p' "$0"; exit 2; }
folder=$1
rview=${2:-$root/target/release/rview}
only=${3:-}
demo=$root/assets/demo
mkdir -p "$folder"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Much: a quarter of a million stacks; as many samples over time; half a million slices on 64 threads.
awk 'BEGIN { srand(1); for (i = 0; i < 250000; i++) {
  line = "kitchen"; for (d = 0; d < 12; d++) line = line ";station" d "::step_" int(rand() * rand() * 30)
  print line " " int(rand() * 1000) } }' >"$scratch/banquet.folded"
awk 'BEGIN { srand(2); n = 200000; frames = 400
  printf "{\"$schema\": \"https://www.speedscope.app/file-format-schema.json\", \"shared\": {\"frames\": ["
  for (i = 0; i < frames; i++) printf "%s{\"name\": \"station%d::step_%d\", \"file\": \"/kitchen/station%d.rs\", \"line\": %d}", i ? "," : "", i % 7, i, i % 7, i + 1
  printf "]}, \"profiles\": [{\"type\": \"sampled\", \"name\": \"night shift\", \"unit\": \"microseconds\", \"startValue\": 0, \"endValue\": %d, \"samples\": [", n * 100
  for (i = 0; i < n; i++) { phase = int(i / 9000); depth = 4 + (i + phase * 7) % 24; printf "%s[0", i ? "," : ""
    for (d = 1; d < depth; d++) printf ",%d", (d * 13 + phase * 5 + (d > 6 ? int(rand() * rand() * 9) : 0)) % frames
    printf "]" }
  printf "], \"weights\": ["; for (i = 0; i < n; i++) printf "%s%d", i ? "," : "", 60 + int(rand() * 80)
  print "]}]}" }' >"$scratch/night.speedscope.json"
awk 'BEGIN { srand(3); print "{\"traceEvents\": ["
  for (t = 0; t < 64; t++) { printf "%s{\"ph\": \"M\", \"pid\": %d, \"tid\": %d, \"name\": \"thread_name\", \"args\": {\"name\": \"cook %d\"}}\n", t ? "," : "", 1 + t % 4, 100 + t, t
    at = rand() * 500; for (i = 0; i < 2600; i++) { long = 40 + rand() * rand() * 900
      printf ",{\"ph\": \"X\", \"pid\": %d, \"tid\": %d, \"ts\": %.3f, \"dur\": %.3f, \"name\": \"dish %d\", \"cat\": \"station %d\"}\n", 1 + t % 4, 100 + t, at, long, int(rand() * 40), int(rand() * 9)
      inner = at; for (k = 0; k < 2; k++) { printf ",{\"ph\": \"X\", \"pid\": %d, \"tid\": %d, \"ts\": %.3f, \"dur\": %.3f, \"name\": \"step %d\", \"cat\": \"station %d\"}\n", 1 + t % 4, 100 + t, inner, long * 0.4, int(rand() * 200), int(rand() * 9); inner += long * 0.45 }
      at += long + rand() * 60 } }
  print "]}" }' >"$scratch/banquet.trace.json"

draw() { # NAME OPTION...
  name=$1
  shift
  for theme in dark light; do
    for scale in 1 2; do
      picture=$name-$theme-${scale}x.png
      case $picture in *"$only"*) ;; *) continue ;; esac
      size=900x600
      [ "$scale" = 1 ] || size=1280x800
      "$rview" render "$@" --theme "$theme" --scale "$scale" --size "$size" -o "$folder/$picture"
    done
  done
}
for view in flame-graph flame-chart heat-map call-tree bottom-up functions sandwich report; do
  draw "$view-small" "$demo/demo.perf.data" --symbols "$demo" --view "$view" --pick gazette::squeeze::huffman
  draw "$view-huge" "$scratch/night.speedscope.json" --view "$view"
done
draw flame-graph-stacks-huge "$scratch/banquet.folded" --view flame-graph
draw source-small "$demo/demo.pb.gz" --source-dir "$demo" --view source --pick main.shade
draw source-huge "$scratch/night.speedscope.json" --view source
draw assembly-small "$demo/demo.perf.data" --symbols "$demo" --view assembly --pick gazette::squeeze::huffman
draw labels-small "$demo/demo.pb.gz" --state labels
for view in flame-chart slices distribution; do
  draw "$view-trace-small" "$demo/demo.trace.json.gz" --view "$view" --pick cooking
  draw "$view-trace-huge" "$scratch/banquet.trace.json" --view "$view" --pick "dish 7"
done
for view in delta diff-flame side-by-side; do
  draw "$view-small" "$root/assets/compare/before.pb.gz" "$root/assets/compare/after.pb.gz" --diff --view "$view" --pick main.fold
  draw "$view-huge" "$scratch/banquet.folded" "$scratch/banquet.folded" --diff --view "$view"
done
for state in welcome dropping loading palette keys open-path changed notes; do
  draw "state-$state" "$demo/demo.trace.json.gz" --state "$state"
done
