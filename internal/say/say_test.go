package say_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/podlab/podlab/internal/say"
)

// backwards is a language that puts things the other way round.
type backwards map[string]string

func (b backwards) Sentence(english string) string { return b[english] }

func (b backwards) Counted(english string, n int) string {
	if n%10 == 1 {
		return b[english+" (one)"]
	}
	return b[english]
}

func (backwards) Decimal() string { return "·" }

var lang = backwards{
	"%s: %.1f s, %d":         "%[3]d, s %5.1[2]f :%[1]s",
	"cannot read %s: %w":     "%[2]v: %[1]s not read can",
	"the file is empty":      "empty the file is",
	"%d files of %s":         "of %[2]s files %[1]d",
	"%d files of %s (one)":   "of %[2]s file %[1]d",
	"nothing of %s is there": "there nothing of %s is",
}

func TestIn(t *testing.T) {
	empty := say.Errorf("the file is empty")
	for name, c := range map[string]struct {
		v             any
		english, told string
	}{
		"a sentence":            {say.T("nothing of %s is there", "it"), "nothing of it is there", "there nothing of it is"},
		"plain":                 {say.Plain("100 %d"), "100 %d", "100 %d"},
		"untranslated":          {say.T("new: %s", "x"), "new: x", "new: x"},
		"a sentence in another": {say.T("new: %s", say.T("the file is empty")), "new: the file is empty", "new: empty the file is"},
		"wrapped":               {say.Errorf("cannot read %s: %w", "a", empty), "cannot read a: the file is empty", "empty the file is: a not read can"},
		"of the system":         {say.Errorf("cannot read %s: %w", "a", fs.ErrNotExist), "cannot read a: file does not exist", "file does not exist: a not read can"},
		"wrapped by another":    {fmt.Errorf("step 1: %w", empty), "step 1: the file is empty", "step 1: empty the file is"},
		"joined": {
			errors.Join(empty, fs.ErrNotExist, say.Errorf("nothing of %s is there", "it")),
			"the file is empty\nfile does not exist\nnothing of it is there", "empty the file is\nfile does not exist\nthere nothing of it is",
		},
		"texts joined": {say.Join("; 5% ", say.T("the file is empty"), say.Plain("b")), "the file is empty; 5% b", "empty the file is; 5% b"},
		"one":          {say.Count(1, "%d file of %s", "%d files of %s", 1, "it"), "1 file of it", "of it file 1"},
		"twenty-one":   {say.Count(21, "%d file of %s", "%d files of %s", 21, "it"), "21 files of it", "of it file 21"},
		"an error":     {say.Of(empty), "the file is empty", "empty the file is"},
		"a fraction":   {say.T("%s: %.1f s, %d", "1.5", 2.25, 3), "1.5: 2.2 s, 3", "3, s   2·2 :1.5"},
		"no error":     {say.Of(nil), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fmt.Sprint(c.v); got != c.english {
				t.Errorf("in English %q, want %q", got, c.english)
			}
			if got := say.In(lang, c.v); got != c.told {
				t.Errorf("told %q, want %q", got, c.told)
			}
		})
	}
}

func TestErrorfWraps(t *testing.T) {
	inner := say.Errorf("the file is empty")
	err := say.Errorf("cannot read %s: %w", "a", errors.Join(inner, fs.ErrClosed))
	if !errors.Is(err, inner) || !errors.Is(err, fs.ErrClosed) || errors.Is(err, fs.ErrExist) {
		t.Errorf("%v does not wrap what it should", err)
	}
	if both := say.Errorf("%w: %w", inner, fs.ErrExist); !errors.Is(both, inner) || !errors.Is(both, fs.ErrExist) {
		t.Errorf("%v wraps only one", both)
	}
	if again := say.Errorf("the file is empty"); errors.Is(err, again) {
		t.Error("two errors with the same words are one")
	}
}

func TestJSON(t *testing.T) {
	type found struct {
		Reason say.Text `json:"reason,omitzero"`
	}
	data, err := json.Marshal(found{say.T("nothing of %s is there", "it")})
	if err != nil || string(data) != `{"reason":"nothing of it is there"}` {
		t.Fatalf("%s, %v", data, err)
	}
	var back found
	if err := json.Unmarshal(data, &back); err != nil || back.Reason.String() != "nothing of it is there" {
		t.Errorf("%+v, %v", back, err)
	}
	if data, _ := json.Marshal(found{}); string(data) != "{}" {
		t.Errorf("%s", data)
	}
}
