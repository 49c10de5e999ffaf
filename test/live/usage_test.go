//go:build live && linux

package live

import (
	"regexp"
	"strconv"
	"testing"
	"time"
)

// usageNow is what the picture says that a container uses, in Mi.
var usageNow = regexp.MustCompile(`memory-demo-ctr · now (\d+(?:\.\d+)?)Mi`)

// prompt is the terminal's prompt with nothing typed behind it.
const prompt = "│$  "

// The picture of memory is that of the cluster: the Pod that stays inside its
// limit is seen to use something, and less than the limit; the one that does not
// is seen to be killed, with a gap until it runs again.
func TestMemoryPicture(t *testing.T) {
	h := newHome(t, "usage")
	s := h.open(160, 48, "assign-memory-resource")
	expect(t, s, 2*time.Minute, "2/2 nodes")
	expect(t, s, time.Minute, "│$")
	keys(t, s, "n") // over the metrics API
	expect(t, s, 10*time.Second, "▶ 2 ")
	keys(t, s, "\r")
	expect(t, s, time.Minute, "✓▶2 ")
	expect(t, s, time.Minute, prompt) // an outcome may turn before its command ends
	keys(t, s, "n")
	expect(t, s, 10*time.Second, "nothing to draw yet")
	keys(t, s, "\r")
	expect(t, s, time.Minute, "memory-demo-ctr · now ")
	expect(t, s, 10*time.Second, "Mi · request 100Mi")
	expect(t, s, 10*time.Second, "limit 200Mi")
	found := usageNow.FindStringSubmatch(s.Text())
	if found == nil {
		t.Fatalf("no figure in Mi:\n%s", s.Text())
	}
	if mib, err := strconv.ParseFloat(found[1], 64); err != nil || mib <= 0 || mib >= 200 {
		t.Errorf("the picture says %s Mi, %v: want more than 0 and less than 200", found[1], err)
	}
	expect(t, s, time.Minute, prompt)
	keys(t, s, "n")
	expect(t, s, 10*time.Second, "▶ 4 ")
	keys(t, s, "\r")
	expect(t, s, time.Minute, "memory-demo-2-ctr · ✗ OOMKilled")
	// Over the chart stands when it was killed, and beside that nothing is drawn.
	expect(t, s, time.Minute, "✗┄┄┄")
	keys(t, s, "v")
	expect(t, s, 10*time.Second, "waits to be restarted")
	quit(t, s)
}
