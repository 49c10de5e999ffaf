//go:build live && linux

package live

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/podlab/podlab/cluster/embedded/leakcheck"
)

// The documented JSON, read independently of the program's own types.
type verified struct {
	Provider, Kubernetes, Images string
	Lessons                      []struct {
		ID, Lang, State string
		Seconds         float64
		Steps           []struct {
			ID       string
			Outcomes []struct {
				ID, Kind, State, Reason string
				Evidence                *struct {
					Text string
					At   time.Time
				}
				Seconds float64
			}
		}
	}
	Met, Unmet, Unavailable int
}

// Every outcome of the lessons is met on a real cluster, with evidence, and the
// machine is afterwards as it was.
func TestVerify(t *testing.T) {
	h := newHome(t, "verify")
	lab := leakcheck.Lab{Dir: h.state(), Programs: programs(), Group: "podlab/" + h.lab}
	before, err := leakcheck.Take(lab)
	if err != nil {
		t.Fatal(err)
	}

	r := h.start(t.Context(), "verify", "assign-memory-resource", "share-process-namespace", "--lang", "ja", "-o", "json")
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
	checkVerified(t, v)
	if len(v.Lessons) != 2 || v.Met < 30 {
		t.Errorf("%d lessons, %d outcomes met; want 2 lessons and at least 30", len(v.Lessons), v.Met)
	}

	h.must("cluster", "down", "--purge")
	after, err := leakcheck.Take(lab)
	if err != nil {
		t.Fatal(err)
	}
	for _, leak := range before.Diff(after) {
		t.Errorf("left behind: %s", leak)
	}
}

// checkVerified asserts what holds of any verification without a failure.
func checkVerified(t *testing.T, v verified) {
	t.Helper()
	met, unavailable := 0, 0
	for _, l := range v.Lessons {
		if l.State != "passed" || l.Seconds <= 0 {
			t.Errorf("%s: state %q after %.1f s", l.ID, l.State, l.Seconds)
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
		}
	}
	if v.Met != met || v.Unmet != 0 || v.Unavailable != unavailable {
		t.Errorf("counts %d, %d, %d; counted %d met, %d unavailable", v.Met, v.Unmet, v.Unavailable, met, unavailable)
	}
}
