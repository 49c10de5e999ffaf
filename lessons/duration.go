package lessons

import (
	"encoding/json"
	"time"

	"github.com/podlab/podlab/internal/say"
)

// UnmarshalJSON reads a duration such as "90s". Zero and negative ones are errors.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return say.Errorf("a duration is a string such as \"90s\": %w", err)
	}
	v, err := time.ParseDuration(s)
	if err != nil {
		return say.Errorf("not a duration: %q: write it as \"90s\" or \"5m\"", s)
	}
	if v <= 0 {
		return say.Errorf("duration %q is not above zero", s)
	}
	d.Duration = v
	return nil
}

// MarshalJSON writes the duration as a string; zero is "".
func (d Duration) MarshalJSON() ([]byte, error) {
	if d.Duration == 0 {
		return []byte(`""`), nil
	}
	return json.Marshal(d.String())
}
