package engine

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

// badDisk fails as its lists say, and no longer.
type badDisk struct {
	appends, syncs []error
	synced         chan struct{}
	records        []any
}

func shift(list *[]error) (err error) {
	if len(*list) > 0 {
		err, *list = (*list)[0], (*list)[1:]
	}
	return err
}

func (d *badDisk) Append(records ...any) error {
	err := shift(&d.appends)
	if err == nil {
		d.records = append(d.records, records...)
	}
	return err
}

func (d *badDisk) Sync() error {
	d.synced <- struct{}{}
	return shift(&d.syncs)
}

func (d *badDisk) Close() error { return nil }

// That progress is not saved is told once, and taken back when it is; what is
// still not saved at the end is the error of close.
func TestJournalFailures(t *testing.T) {
	full := errors.New("full")
	for _, test := range []struct {
		name string
		disk badDisk
		told []string // of the journal, with each record
		left error
		kept string
	}{
		{"written later", badDisk{appends: []error{full, full}}, []string{"full", "", "saved"}, nil, "[0 1 2]"},
		{"synced later", badDisk{syncs: []error{full, full}}, []string{"full", "", "saved"}, nil, "[0 1 2]"},
		{"written at last", badDisk{appends: []error{nil, full, full}}, []string{"", "full", ""}, nil, "[0 1 2]"},
		{"never written", badDisk{appends: []error{nil, full, full, full}}, []string{"", "full", ""}, full, "[0]"},
		{"never synced", badDisk{syncs: []error{full, full, full}}, []string{"full", "", ""}, full, "[0 1 2]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			disk := &test.disk
			disk.synced = make(chan struct{}, 10)
			appends := slices.Clone(disk.appends)
			st := newStream(disk)
			for i, want := range test.told {
				st.put(ClusterBack{}, i)
				if shift(&appends) == nil {
					<-disk.synced // or the next record would be covered, too
				}
				for left := map[bool]int{true: 1, false: 2}[want == ""]; left > 0; left-- {
					select {
					case e := <-st.events:
						f, ok := e.(JournalFailed)
						if got := map[bool]string{true: "full", false: "saved"}[errors.Is(f.Err, full)]; ok && got != want {
							t.Fatalf("record %d: told %q, want %q", i, got, want)
						}
					case <-time.After(limit):
						t.Fatalf("record %d: not told %q", i, want)
					}
				}
			}
			if err := st.close(); !errors.Is(err, test.left) || (err != nil) != (test.left != nil) {
				t.Errorf("left with %v, want %v", err, test.left)
			}
			if got := fmt.Sprint(disk.records); got != test.kept {
				t.Errorf("kept %s, want %s", got, test.kept)
			}
		})
	}
}
