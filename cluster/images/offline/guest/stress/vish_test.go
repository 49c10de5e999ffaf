package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

func TestIsVish(t *testing.T) {
	for args, want := range map[string]bool{
		"-logtostderr":              true,
		"-logtostderr -cpus 2":      true,
		"--mem-total=10Mi":          true,
		"":                          false,
		"--vm 1 --vm-bytes 150M":    false,
		"-c 2 -v":                   false,
		"cpus":                      false,
		"--vm 1 --vm-hang 1 --cpus": true,
	} {
		if got := isVish(strings.Fields(args)); got != want {
			t.Errorf("isVish(%q) = %v", args, got)
		}
	}
}

// stopper ends a context when the program says that all is allocated.
type stopper struct {
	bytes.Buffer
	stop context.CancelFunc
}

func (s *stopper) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("Allocated ")) {
		s.stop()
	}
	return s.Buffer.Write(p)
}

func TestRunVish(t *testing.T) {
	for args, want := range map[string][]string{
		"-logtostderr": {`Allocating "0" memory, in "4Ki" chunks, with a 1ms sleep between allocations`, `Allocated "0" memory`},
		"-logtostderr -cpus 2": {
			"Allocating", "Spawning a thread to consume CPU\n", "Spawning a thread to consume CPU\n", `Allocated "0" memory`,
		},
		"-mem-total 10Mi -mem-alloc-size 3M -mem-alloc-sleep 1us": {`"10Mi" memory, in "3M" chunks, with a 1µs sleep`, `Allocated "10Mi" memory`},
		"-mem-total 8k -mem-alloc-size 0":                         {"Allocating", `Allocated "8k" memory`},
		"-logtostderr -cpus two":                                  {`invalid value "two" for flag -cpus`},
		"-logtostderr -mem-total 10m":                             {"not a number with a known suffix"},
		"-logtostderr -mem-total -10Mi":                           {"not a number with a known suffix"},
		"-logtostderr --frob":                                     {"frob"},
	} {
		t.Run(args, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			out := &stopper{stop: cancel}
			runVish(ctx, strings.Fields(args), out)
			rest := out.String()
			for _, part := range want {
				var found bool
				if _, rest, found = strings.Cut(rest, part); !found {
					t.Errorf("%q is not, or not in this order, in\n%s", part, out.String())
				}
			}
			if strings.Contains(rest, "Spawning") {
				t.Errorf("too many threads:\n%s", out.String())
			}
		})
	}
}

func TestAllocate(t *testing.T) {
	held := allocate(t.Context(), vishOptions{total: quantity{bytes: 10 << 10}, step: quantity{bytes: 4 << 10}})
	if len(held) != 2 || len(held[0]) != 4<<10 {
		t.Errorf("%d allocations, want 2 of 4 KiB", len(held))
	}
}
