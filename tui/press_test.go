package tui

import (
	"reflect"
	"testing"

	"charm.land/bubbles/v2/key"
)

// Every key of the map can be pressed by a click or from the list of commands.
func TestPress(t *testing.T) {
	m := still(t, nil)
	v := reflect.ValueOf(m.keys)
	for i := range v.NumField() {
		b, ok := v.Field(i).Interface().(key.Binding)
		if !ok {
			t.Fatalf("%s is no key", v.Type().Field(i).Name)
		}
		if k := press(b); !key.Matches(k, b) {
			t.Errorf("%s: pressed %q, want %q", v.Type().Field(i).Name, k.String(), b.Keys()[0])
		}
	}
}
