package bundle

import (
	"context"
	"io"
	"time"

	"github.com/podlab/podlab/cluster"
	"github.com/podlab/podlab/internal/say"
)

// progress reports bytes, a few times a second.
type progress struct {
	cluster.Progress
	report func(cluster.Progress)
	last   time.Time
}

func newProgress(report func(cluster.Progress)) *progress {
	if report == nil {
		report = func(cluster.Progress) {}
	}
	return &progress{Progress: cluster.Progress{Stage: Stage, Unit: "bytes"}, report: report}
}

func (p *progress) add(n int) {
	p.Done = min(p.Done+int64(n), p.Total)
	if time.Since(p.last) >= 100*time.Millisecond {
		p.last = time.Now()
		p.report(p.Progress)
	}
}

// end makes the last report and returns the error.
func (p *progress) end(err error) error {
	p.Finished, p.Err, p.Detail = true, err, say.Text{}
	if err == nil {
		p.Done = p.Total
	}
	p.report(p.Progress)
	return err
}

// meter counts what is written to w until ctx ends.
func (p *progress) meter(ctx context.Context, w io.Writer) io.Writer {
	return through(func(b []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, err := w.Write(b)
		p.add(n)
		return n, err
	})
}

// reader counts what is read from r until ctx ends.
func (p *progress) reader(ctx context.Context, r io.Reader) io.Reader {
	return through(func(b []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, err := r.Read(b)
		p.add(n)
		return n, err
	})
}

// through is a function that reads or writes.
type through func([]byte) (int, error)

func (t through) Read(b []byte) (int, error)  { return t(b) }
func (t through) Write(b []byte) (int, error) { return t(b) }
