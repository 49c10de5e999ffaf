package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	for name, tc := range map[string]struct {
		args     string
		code     int
		out, err string
	}{
		"memory":         {"--vm 2 --vm-bytes 1M --vm-keep -t 1", 0, "dispatching hogs: 0 cpu, 0 io, 2 vm, 0 hdd", ""},
		"processor":      {"-c 1 --timeout=1s", 0, "dispatching hogs: 1 cpu, 0 io, 0 vm, 0 hdd", ""},
		"verbose":        {"-m 1 --vm-bytes 4K --vm-hang 0 -v -t 1", 0, "dbug", ""},
		"help":           {"--help", 0, "--vm-bytes", ""},
		"question":       {"-?", 0, "--vm-bytes", ""},
		"nothing":        {"", 0, "Usage", ""},
		"version":        {"--version", 0, "stress", ""},
		"no memory":      {"--vm 1 --vm-bytes 100000000G", 1, "", "cannot allocate"},
		"disk":           {"--vm 1 --io 1", 1, "", "refuses"},
		"unknown flag":   {"--frob", 1, "", "frob"},
		"stray argument": {"--vm 1 more", 1, "", `"more"`},
		"bad size":       {"--vm 1 --vm-bytes 10X", 1, "", "suffix"},
		"negative":       {"--vm -1", 1, "", "negative"},
		"no workers":     {"-v", 1, "", "nothing to do"},
		"zero stride":    {"--vm 1 --vm-stride 0", 1, "", "stride"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			code := run(t.Context(), strings.Fields(tc.args), &out, &errs)
			if code != tc.code || !strings.Contains(out.String(), tc.out) || !strings.Contains(errs.String(), tc.err) {
				t.Errorf("exit code %d, out %q, err %q", code, out.String(), errs.String())
			}
			if (tc.err == "") != (errs.Len() == 0) {
				t.Errorf("err %q", errs.String())
			}
		})
	}
}

func TestQuiet(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"-q", "--vm", "1", "--vm-bytes", "1M", "-t", "1"}, &out, &errs); code != 0 || out.Len()+errs.Len() > 0 {
		t.Errorf("exit code %d, out %q, err %q", code, out.String(), errs.String())
	}
}

func TestSignalEndsIt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	if code := run(ctx, []string{"--vm", "1", "--vm-bytes", "1M", "--vm-hang", "0"}, &out, &errs); code != 1 || !strings.Contains(errs.String(), "signal") {
		t.Errorf("exit code %d, err %q", code, errs.String())
	}
}

func TestUnits(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "7": 7, "7B": 7, "2k": 2048, "150M": 157286400, "1G": 1 << 30} {
		var s size
		if err := s.Set(text); err != nil || int64(s) != want {
			t.Errorf("size %s = %d, %v; want %d", text, s, err, want)
		}
	}
	for text, want := range map[string]time.Duration{"0": 0, "10": 10 * time.Second, "5m": 5 * time.Minute, "1D": 24 * time.Hour} {
		var s seconds
		if err := s.Set(text); err != nil || time.Duration(s) != want {
			t.Errorf("time %s = %v, %v; want %v", text, time.Duration(s), err, want)
		}
	}
	for _, text := range []string{"", "M", "-1", "1.5M", "9223372036854775807G", "abc"} {
		var s size
		if err := s.Set(text); err == nil {
			t.Errorf("size %q was read as %d", text, s)
		}
	}
	var s seconds
	if err := s.Set("9223372036854775807"); err == nil {
		t.Errorf("a time that does not fit was read as %v", time.Duration(s))
	}
}
