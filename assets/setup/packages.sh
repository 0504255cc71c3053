# What rview needs of the system, and how to get it. Sourced by `./run` and `./test`; POSIX sh.
#
# Each row of the table names a thing that can be looked for, not a package: a machine with another driver or another
# compiler needs nothing installed, and nothing is asked of the network when everything is there.
#   use   build   to compile rview
#         window  to open its window (all of these are loaded at run time, none at link time)
#         driver  any driver that can draw
#         picture a driver that can draw without a graphics card, always the same pixels
#         test    to drive the window in tests
#   kind  cmd     a program             lib  a shared library     file  a file
#         vulkan  a Vulkan driver       py   a module of the system's Python
#         header  of C, as the compiler sees it
# The other columns are the package for each package manager.
system_needs() {
  cat <<'TABLE'
use      kind    what                    apt                  dnf                      pacman             zypper
build    cmd     cc                      gcc                  gcc                      gcc                gcc
build    header  stdio.h                 libc6-dev            glibc-devel              glibc              glibc-devel
window   lib     libX11.so.6             libx11-6             libX11                   libx11             libX11-6
window   lib     libX11-xcb.so.1         libx11-xcb1          libX11-xcb               libx11             libX11-xcb1
window   lib     libXcursor.so.1         libxcursor1          libXcursor               libxcursor         libXcursor1
window   lib     libXi.so.6              libxi6               libXi                    libxi              libXi6
window   lib     libxkbcommon.so.0       libxkbcommon0        libxkbcommon             libxkbcommon       libxkbcommon0
window   lib     libxkbcommon-x11.so.0   libxkbcommon-x11-0   libxkbcommon-x11         libxkbcommon-x11   libxkbcommon-x11-0
window   lib     libwayland-client.so.0  libwayland-client0   libwayland-client        wayland            libwayland-client0
driver   lib     libvulkan.so.1          libvulkan1           vulkan-loader            vulkan-icd-loader  libvulkan1
driver   vulkan  any                     mesa-vulkan-drivers  mesa-vulkan-drivers      vulkan-swrast      libvulkan_lvp
picture  lib     libvulkan.so.1          libvulkan1           vulkan-loader            vulkan-icd-loader  libvulkan1
picture  vulkan  lvp                     mesa-vulkan-drivers  mesa-vulkan-drivers      vulkan-swrast      libvulkan_lvp
test     cmd     Xvfb                    xvfb                 xorg-x11-server-Xvfb     xorg-server-xvfb   xorg-x11-server-Xvfb
test     cmd     xdotool                 xdotool              xdotool                  xdotool            xdotool
test     cmd     import                  imagemagick          ImageMagick              imagemagick        ImageMagick
test     cmd     xwininfo                x11-utils            xwininfo                 xorg-xwininfo      xwininfo
test     cmd     xprop                   x11-utils            xprop                    xorg-xprop         xprop
test     cmd     xclip                   xclip                xclip                    xclip              xclip
test     file    /usr/bin/python3        python3              python3                  python             python3
test     py      Xlib                    python3-xlib         python3-xlib             python-xlib        python3-python-xlib
test     cmd     dbus-daemon             dbus-daemon          dbus-daemon              dbus               dbus-1-daemon
test     file    /usr/share/dbus-1/services/org.a11y.Bus.service at-spi2-core at-spi2-core at-spi2-core at-spi2-core
test     py      gi                      python3-gi           python3-gobject          python-gobject     python3-gobject
test     py      gi.repository.Atspi     gir1.2-atspi-2.0     at-spi2-core             at-spi2-core       typelib-1_0-Atspi-2_0
TABLE
}

say() { printf 'rview: %s\n' "$*" >&2; }

# The package manager, by the name of its column; `none` where there is none that we know.
package_manager() {
  if command -v apt-get >/dev/null 2>&1; then echo apt
  elif command -v dnf >/dev/null 2>&1; then echo dnf
  elif command -v pacman >/dev/null 2>&1; then echo pacman
  elif command -v zypper >/dev/null 2>&1; then echo zypper
  else echo none
  fi
}

# ldconfig is in a folder that is not on every user's PATH.
library_cache() { PATH="$PATH:/usr/sbin:/sbin" ldconfig -p 2>/dev/null || true; }

is_there() { # KIND WHAT
  case $1 in
    cmd) command -v "$2" >/dev/null 2>&1 ;;
    file) [ -e "$2" ] ;;
    lib)
      library_cache | grep -qF "	$2 (" && return 0
      set -- "$2" /usr/lib/"$2" /usr/lib64/"$2" /usr/lib/*/"$2" /lib/"$2" /lib64/"$2"
      shift
      for candidate; do [ -e "$candidate" ] && return 0; done
      return 1
      ;;
    vulkan)
      case $2 in any) pattern='*' ;; *) pattern="*$2*" ;; esac
      # The pattern is meant to expand: it names drivers, not one file.
      # shellcheck disable=SC2086
      set -- /usr/share/vulkan/icd.d/$pattern.json /etc/vulkan/icd.d/$pattern.json /usr/local/share/vulkan/icd.d/$pattern.json
      for candidate; do [ -e "$candidate" ] && return 0; done
      return 1
      ;;
    header) printf '#include <%s>\n' "$2" | cc -E -x c - >/dev/null 2>&1 ;;
    py) /usr/bin/python3 -c "import $2" >/dev/null 2>&1 ;;
  esac
}

# Prints `KIND WHAT PACKAGE` for each thing that the given uses need and that is not there.
missing() { # MANAGER USE…
  manager=$1
  shift
  uses=" $* "
  system_needs | while read -r use kind what apt dnf pacman zypper; do
    case $uses in *" $use "*) ;; *) continue ;; esac
    is_there "$kind" "$what" && continue
    case $manager in
      apt) echo "$kind $what $apt" ;;
      dnf) echo "$kind $what $dnf" ;;
      pacman) echo "$kind $what $pacman" ;;
      zypper) echo "$kind $what $zypper" ;;
      none) echo "$kind $what -" ;;
    esac
  done
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# A fresh or old machine knows no packages, or only versions that are gone: then its lists are renewed, once.
install_packages() { # MANAGER PACKAGE…
  manager=$1
  shift
  case $manager in
    apt)
      set -- env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
      as_root "$@" || { as_root apt-get -o DPkg::Lock::Timeout=300 update && as_root "$@"; }
      ;;
    dnf) as_root dnf install -y --setopt=install_weak_deps=False "$@" ;;
    pacman) as_root pacman -S --needed --noconfirm "$@" || as_root pacman -Sy --needed --noconfirm "$@" ;;
    zypper) as_root zypper --non-interactive install --no-recommends "$@" ;;
  esac
}

# Installs what the given uses lack. Succeeds when afterwards nothing is lacking; otherwise says what is.
# It asks for nothing and installs nothing where everything is there.
ensure() { # USE…
  if [ "$(uname -s)" = Darwin ]; then ensure_macos; return; fi
  manager=$(package_manager)
  lacking=$(missing "$manager" "$@")
  [ -n "$lacking" ] || return 0
  packages=$(printf '%s\n' "$lacking" | awk '$3 != "-" { print $3 }' | sort -u | tr '\n' ' ')
  if [ "$manager" = none ]; then
    say "no package manager that this script knows (apt-get, dnf, pacman, zypper)"
  elif [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null 2>&1; then
    say "not root and no sudo; as root, install: $packages"
  else
    say "installing with $manager: $packages"
    log=$(mktemp)
    # Each name is one package: the list is meant to be split.
    # shellcheck disable=SC2086
    install_packages "$manager" $packages >"$log" 2>&1 || { tail -n 15 "$log" >&2; say "installing failed, see above"; }
    rm -f "$log"
  fi
  lacking=$(missing "$manager" "$@" | awk '{ printf "%s%s %s", separator, $1, $2; separator = ", " }')
  [ -z "$lacking" ] || { say "still lacking: $lacking"; return 1; }
}

# macOS brings its own window and graphics; only the compiler is not there from the start.
ensure_macos() {
  xcode-select -p >/dev/null 2>&1 && return 0
  say "the compiler is lacking; install it with: xcode-select --install"
  return 1
}

# Cargo of at least the version that the workspace pins. rustup fetches exactly that one where it is not there yet.
ensure_cargo() { # ROOT
  if ! command -v cargo >/dev/null 2>&1 && [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
    PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    export PATH
  fi
  wanted=$(sed -n 's/^channel *= *"\([0-9.]*\)".*/\1/p' "$1/rust-toolchain.toml")
  hint="install Rust from https://rustup.rs (curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh) and run this again"
  if ! command -v cargo >/dev/null 2>&1; then
    say "cargo is not here; $hint"
    return 1
  fi
  version=$(cd "$1" && cargo --version) || { say "cargo $wanted does not start, see above; $hint"; return 1; }
  version=$(printf '%s\n' "$version" | sed 's/^cargo \([0-9.]*\).*/\1/')
  if ! printf '%s %s\n' "$version" "$wanted" | awk '{ split($1, a, "."); split($2, b, "."); exit !(a[1] > b[1] || (a[1] == b[1] && a[2] >= b[2])) }'; then
    say "cargo $version is older than the $wanted that rview needs; $hint"
    return 1
  fi
}
