// Package meter reads once a second what containers use: on their node, from the
// cgroups, or where no node can be entered from the metrics API. It also reads
// what a kubelet counts of its probes.
package meter

// script runs on a node. Its arguments are where the cgroups are and a condition of
// find for those of the Pods. Once a second it prints the files of all their containers, each after
// a line with its name, and a line with a dot. Containers that come and go need
// no word from here, nor does it need a process more than three a second. It ends
// when its standard input does, since an engine that is told to stop an exec
// leaves the program running.
const script = `
read_all() {
  root=$1
  shift
  while :; do
    dirs=$(find $root -type d \( "$@" \) -prune 2>/dev/null)
    n=0
    while [ $n -lt 30 ] && [ -n "$dirs" ]; do
      files=
      gone=
      for d in $dirs; do
        [ -d "$d" ] || gone=1
        for f in "$d"/*/memory.current "$d"/*/memory.usage_in_bytes "$d"/*/memory.stat "$d"/*/cpu.stat "$d"/*/cpuacct.usage; do
          [ -e "$f" ] && files="$files $f"
        done
      done
      [ -n "$files" ] && head -v -n 64 $files 2>/dev/null
      echo
      echo .
      sleep 1
      [ -z "$gone" ] || break
      n=$((n+1))
    done
    [ -n "$dirs" ] || sleep 1
  done
}
read_all "$@" </dev/null &
cat >/dev/null
kill $!
`
