package content_test

import (
	"testing"

	"github.com/podlab/podlab/content"
	"github.com/podlab/podlab/lessons"
)

func TestShippedContentPassesCheck(t *testing.T) {
	all, err := lessons.All()
	if err != nil {
		t.Fatal(err)
	}
	lib, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	if err := lib.Check(all); err != nil {
		t.Error(err)
	}
}
