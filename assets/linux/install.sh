#!/bin/sh
# Installs a built rview for the current user, with its menu entry, file types and icons; needs no root.
#   assets/linux/install.sh               the release that ./run has built
#   assets/linux/install.sh PROGRAM       this program
#   assets/linux/install.sh --uninstall   takes away all that it has installed
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
programs=$HOME/.local/bin
data=${XDG_DATA_HOME:-$HOME/.local/share}
sizes='16 32 48 64 128 256 512'

# Desktops that do not watch these folders learn of a change from these; where one is absent nothing is lost.
# An icon cache is renewed but never begun: a stale one would hide the icons of others.
refresh() {
  update-mime-database "$data/mime" 2>/dev/null || true
  update-desktop-database "$data/applications" 2>/dev/null || true
  touch "$data/icons/hicolor" 2>/dev/null || true
  [ ! -e "$data/icons/hicolor/icon-theme.cache" ] || gtk-update-icon-cache -q -t "$data/icons/hicolor" 2>/dev/null || true
}

uninstall() {
  rm -f "$programs/rview" "$data/applications/rview.desktop" "$data/mime/packages/rview-mime.xml"
  rm -f "$data/icons/hicolor/scalable/apps/rview.svg"
  for size in $sizes; do rm -f "$data/icons/hicolor/${size}x$size/apps/rview.png"; done
  refresh
  echo "rview: uninstalled"
}

put() { # FILE PLACE
  mkdir -p "$(dirname "$2")"
  install -m "${3:-644}" "$1" "$2"
}

if [ "${1:-}" = --uninstall ]; then uninstall; exit; fi
target=${CARGO_TARGET_DIR:-target}
case $target in /*) ;; *) target=$root/$target ;; esac
program=${1:-$target/release/rview}
if [ ! -x "$program" ]; then
  echo "rview: there is no program at $program; build it with ./run, or name one" >&2
  exit 2
fi

put "$program" "$programs/rview" 755
# The full path, so that the entry works where the folder of programs is not on the desktop's PATH.
mkdir -p "$data/applications"
sed "s|^Exec=rview|Exec=\"$programs/rview\"|" "$here/rview.desktop" >"$data/applications/rview.desktop"
put "$here/rview-mime.xml" "$data/mime/packages/rview-mime.xml"
put "$root/assets/icon/rview.svg" "$data/icons/hicolor/scalable/apps/rview.svg"
for size in $sizes; do
  put "$root/assets/icon/rview-$size.png" "$data/icons/hicolor/${size}x$size/apps/rview.png"
done
refresh
echo "rview: installed as $programs/rview"
case ":$PATH:" in
  *":$programs:"*) ;;
  *) echo "rview: add $programs to your PATH to call it by name" ;;
esac
