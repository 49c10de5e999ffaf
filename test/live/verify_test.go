//go:build live && linux

package live

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/podlab/podlab/cluster/embedded/leakcheck"
	"github.com/podlab/podlab/lessons"
)

// The documented JSON, read independently of the program's own types.
type verified struct {
	Provider, Kubernetes, Images string
	Lessons                      []struct {
		ID, Lang, State, Error string
		Seconds                float64
		Steps                  []struct {
			ID       string
			Outcomes []struct {
				ID, Kind, State, Reason string
				Evidence                *struct {
					Text string
					At   time.Time
				}
				Seconds float64
			}
			Wrong []struct {
				ID, State, Reason string
				Seconds           float64
			}
		}
	}
	Met, Unmet, Unavailable int
}

// sideBySide is how many lessons two cores can play at once and still be in
// time, with a margin.
const sideBySide = "4"

// Every outcome of every lesson is met on a real cluster, with evidence, and
// every wrong solution is told from the right one; and after each of both the
// cluster, and in the end the machine, is as it was.
func TestVerifyAll(t *testing.T) {
	h := newHome(t, "verify")
	lab := leakcheck.Lab{Dir: h.state(), Programs: programs(), Group: "podlab/" + h.lab}
	machine, err := leakcheck.Take(lab)
	if err != nil {
		t.Fatal(err)
	}
	h.must("cluster", "up")
	p := newPhotographer(h)
	before := p.still()
	for _, wrong := range []bool{false, true} {
		name := map[bool]string{false: "right", true: "wrong"}[wrong]
		t.Run(name, func(t *testing.T) {
			v, took := h.verifyAll(t, wrong)
			checkVerified(t, v)
			checkWhole(t, v, wrong)
			longest, tried := 0.0, map[string]int{}
			for _, l := range v.Lessons {
				longest = max(longest, l.Seconds)
				for _, s := range l.Steps {
					for _, w := range s.Wrong {
						tried[w.State]++
					}
				}
			}
			t.Logf("%d lessons, %s at a time: %.0f s; the longest: %.0f s; %d met, %d unmet, %d unavailable; wrong solutions: %v",
				len(v.Lessons), sideBySide, took.Seconds(), longest, v.Met, v.Unmet, v.Unavailable, tried)
			p.compare(t, before)
		})
	}

	h.must("cluster", "down", "--purge")
	after, err := leakcheck.Take(lab)
	if err != nil {
		t.Fatal(err)
	}
	for _, leak := range machine.Diff(after) {
		t.Errorf("left behind: %s", leak)
	}
}

// verifyAll plays all lessons side by side, in Japanese, and says how long that
// took. What is not as it should be is in the result.
func (h *home) verifyAll(t testing.TB, wrong bool) (verified, time.Duration) {
	t.Helper()
	args := []string{"verify", "--all", "--parallel", sideBySide, "--lang", "ja", "-o", "json"}
	if wrong {
		args = append(args, "--wrong")
	}
	start := time.Now()
	r := h.start(t.Context(), args...)
	took := time.Since(start)
	var v verified
	if err := json.Unmarshal([]byte(r.out), &v); err != nil {
		t.Fatalf("verify printed no JSON: %v\n%v", err, r)
	}
	if r.code() != 0 {
		t.Errorf("exit status %d:\n%s", r.code(), r.errOut)
	}
	if v.Provider != "embedded" || !strings.HasPrefix(v.Kubernetes, "v1.") || v.Images != "offline" {
		t.Errorf("provider %q, kubernetes %q, images %q", v.Provider, v.Kubernetes, v.Images)
	}
	return v, took
}

// lacking are the abilities that a machine may lack for all that podlab can do.
var lacking = []lessons.Need{lessons.NeedAppArmor, lessons.NeedSELinux, lessons.NeedWindows, lessons.NeedUserNS}

// checkWhole asserts that every outcome of every lesson was played, with wrong
// every wrong solution too, and that nothing is unavailable but for what machines
// lack.
func checkWhole(t *testing.T, v verified, wrong bool) {
	t.Helper()
	all, err := lessons.All()
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Lessons) != len(all) {
		t.Fatalf("%d lessons, want %d", len(v.Lessons), len(all))
	}
	for i, want := range all {
		got := v.Lessons[i]
		if got.ID != want.ID || got.Lang != "ja" || len(got.Steps) != len(want.Steps) {
			t.Errorf("lesson %d is %s (%s) with %d steps, want %s (ja) with %d", i, got.ID, got.Lang, len(got.Steps), want.ID, len(want.Steps))
			continue
		}
		for j, s := range want.Steps {
			if g := got.Steps[j]; g.ID != s.ID || len(g.Outcomes) != len(s.Outcomes) {
				t.Errorf("%s: step %s with %d outcomes, want %s with %d", got.ID, g.ID, len(g.Outcomes), s.ID, len(s.Outcomes))
				continue
			}
			misplayed := 0
			if wrong {
				misplayed = len(s.Wrong)
			}
			if n := len(got.Steps[j].Wrong); n != misplayed {
				t.Errorf("%s/%s: %d wrong solutions, want %d", want.ID, s.ID, n, misplayed)
			}
			for k, o := range s.Outcomes {
				needs := append(slices.Clone(want.Needs), o.Needs...)
				mayLack := slices.ContainsFunc(needs, func(n lessons.Need) bool { return slices.Contains(lacking, n) })
				if g := got.Steps[j].Outcomes[k]; g.ID != o.ID || g.State == "unavailable" && !mayLack {
					t.Errorf("%s/%s/%s: %s, %s", want.ID, s.ID, o.ID, g.State, g.Reason)
				}
			}
		}
	}
}

// checkVerified asserts what holds of any verification without a failure.
func checkVerified(t testing.TB, v verified) {
	t.Helper()
	met, unavailable := 0, 0
	for _, l := range v.Lessons {
		if l.State != "passed" || l.Seconds <= 0 {
			t.Errorf("%s: state %q after %.1f s: %s", l.ID, l.State, l.Seconds, l.Error)
		}
		for _, s := range l.Steps {
			for _, o := range s.Outcomes {
				name := l.ID + "/" + s.ID + "/" + o.ID
				switch o.State {
				case "met":
					met++
					if o.Evidence == nil || o.Evidence.Text == "" || time.Since(o.Evidence.At) > time.Hour {
						t.Errorf("%s: met without evidence: %+v", name, o.Evidence)
					}
				case "unavailable":
					unavailable++
					if o.Reason == "" {
						t.Errorf("%s: unavailable without a reason", name)
					}
				default:
					t.Errorf("%s: %s: %s", name, o.State, o.Reason)
				}
			}
			for _, w := range s.Wrong {
				if w.State != "passed" && w.State != "unavailable" || w.State == "unavailable" && w.Reason == "" {
					t.Errorf("%s/%s: wrong solution %s: %s: %s", l.ID, s.ID, w.ID, w.State, w.Reason)
				}
			}
		}
	}
	if v.Met != met || v.Unmet != 0 || v.Unavailable != unavailable {
		t.Errorf("counts %d, %d, %d; counted %d met, %d unavailable", v.Met, v.Unmet, v.Unavailable, met, unavailable)
	}
}
