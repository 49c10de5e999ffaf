package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

const usage = `Usage: stress [OPTION]...
Load this container's memory and processors.

 -c, --cpu N         N workers that compute
 -m, --vm N          N workers that allocate and touch memory
     --vm-bytes B    bytes for each of them (default 256M)
     --vm-stride B   touch a byte every B bytes (default 4096)
     --vm-hang S     hold the memory for S seconds before it is freed (0 is forever)
     --vm-keep       touch the memory again instead of freeing it
 -t, --timeout S     stop after S seconds
 -q, --quiet         print failures only
 -v, --verbose       print what the workers do
     --version       print the version
 -?, --help          print this text

Sizes may end in B, K, M or G; times in s, m, h, d or y.
`

// options are what the command line asked for.
type options struct {
	cpu, vm         int
	vmBytes         size
	vmStride        size
	vmHang          optionalSeconds
	vmKeep          bool
	timeout         seconds
	quiet, verbose  bool
	version         bool
	io, hdd, ignore int
}

func (o options) level() level {
	switch {
	case o.quiet:
		return levelQuiet
	case o.verbose:
		return levelDebug
	}
	return levelInfo
}

func parse(args []string) (options, error) {
	o := options{vmBytes: 256 << 20, vmStride: 4096}
	fs := flag.NewFlagSet("stress", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	for _, name := range []string{"c", "cpu"} {
		fs.IntVar(&o.cpu, name, 0, "")
	}
	for _, name := range []string{"m", "vm"} {
		fs.IntVar(&o.vm, name, 0, "")
	}
	for _, name := range []string{"i", "io"} {
		fs.IntVar(&o.io, name, 0, "")
	}
	for _, name := range []string{"d", "hdd"} {
		fs.IntVar(&o.hdd, name, 0, "")
	}
	for _, name := range []string{"t", "timeout"} {
		fs.Var(&o.timeout, name, "")
	}
	for _, name := range []string{"q", "quiet"} {
		fs.BoolVar(&o.quiet, name, false, "")
	}
	for _, name := range []string{"v", "verbose"} {
		fs.BoolVar(&o.verbose, name, false, "")
	}
	fs.Var(&o.vmBytes, "vm-bytes", "")
	fs.Var(&o.vmStride, "vm-stride", "")
	fs.Var(&o.vmHang, "vm-hang", "")
	fs.BoolVar(&o.vmKeep, "vm-keep", false, "")
	fs.IntVar(&o.ignore, "backoff", 0, "") // microseconds between forks, of which there are none
	fs.BoolVar(&o.version, "version", false, "")
	for _, a := range args {
		if a == "-?" {
			return o, flag.ErrHelp
		}
	}
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	return o, o.check(fs.Args())
}

func (o options) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unrecognized argument %q: see stress --help", rest[0])
	case o.io > 0 || o.hdd > 0:
		return errors.New("--io and --hdd would load the disk of the whole machine: this stress refuses them")
	case o.cpu < 0 || o.vm < 0:
		return errors.New("the number of workers cannot be negative")
	case o.vmStride == 0:
		return errors.New("--vm-stride must be at least 1")
	case o.cpu+o.vm == 0 && !o.version:
		return errors.New("nothing to do: give --cpu or --vm")
	}
	return nil
}

// size is a number of bytes as flags write it, such as 150M.
type size int64

func (s *size) String() string { return strconv.FormatInt(int64(*s), 10) }

func (s *size) Set(text string) error {
	n, err := scaled(strings.ToUpper(text), map[string]int64{"": 1, "B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30})
	*s = size(n)
	return err
}

// seconds is a time as flags write it, such as 10, 90s or 5m.
type seconds time.Duration

func (s *seconds) String() string { return time.Duration(*s).String() }

func (s *seconds) Set(text string) error {
	n, err := scaled(strings.ToUpper(text), map[string]int64{"": 1, "S": 1, "M": 60, "H": 3600, "D": 86400, "Y": 31556926})
	if err == nil && n > math.MaxInt64/int64(time.Second) {
		err = errors.New("too long")
	}
	*s = seconds(n * int64(time.Second))
	return err
}

// optionalSeconds knows whether it was given.
type optionalSeconds struct {
	d   seconds
	set bool
}

func (o *optionalSeconds) String() string { return o.d.String() }

func (o *optionalSeconds) Set(text string) error {
	o.set = true
	return o.d.Set(text)
}

// scaled reads a number that is not negative, with one of the suffixes.
func scaled(text string, suffixes map[string]int64) (int64, error) {
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	factor, known := suffixes[text[len(digits):]]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || !known {
		return 0, errors.New("not a number with a known suffix")
	}
	if n > math.MaxInt64/factor {
		return 0, errors.New("too large")
	}
	return n * factor, nil
}
