package lessons_test

import (
	"testing"

	"github.com/podlab/podlab/lessons"
)

func TestShippedLessonsPassCheck(t *testing.T) {
	all, err := lessons.All()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 2 {
		t.Fatalf("got %d lessons", len(all))
	}
	if err := lessons.Check(all); err != nil {
		t.Error(err)
	}
}
