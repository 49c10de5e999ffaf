//go:build live && linux

package live

import (
	"testing"
)

// least is what all lessons together may take however short they are, in seconds.
const least = 360

// BenchmarkVerifyAll plays all lessons side by side, one time after another on one
// lab, and reports the slowest time beside what is allowed: one and a half of the
// longest lesson, or six minutes. It ends with the first time in which anything is
// not as it should be.
func BenchmarkVerifyAll(b *testing.B) {
	h := newHome(b, "verify-bench")
	h.must("cluster", "up")
	newPhotographer(h).still() // so that what starts the cluster is not counted
	var slowest, allowed float64
	for b.Loop() {
		v, took := h.verifyAll(b, false)
		checkVerified(b, v)
		if b.Failed() {
			b.FailNow()
		}
		alone := 0.0
		for _, l := range v.Lessons {
			alone = max(alone, l.Seconds)
		}
		if may := max(1.5*alone, least); slowest == 0 || took.Seconds()/may > slowest/allowed {
			slowest, allowed = took.Seconds(), may
		}
		b.Logf("%.0f s, the longest lesson %.0f s: %d met, %d unmet, %d unavailable", took.Seconds(), alone, v.Met, v.Unmet, v.Unavailable)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(slowest, "verify-s")
	b.ReportMetric(allowed, "allowed-s")
}
