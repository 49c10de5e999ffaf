package cluster

import (
	"strings"

	"github.com/podlab/podlab/internal/say"
)

// Said implements [say.Sayer].
func (e *ExitError) Said() say.Text {
	msg := say.T("%s: exit status %d", strings.Join(e.Argv, " "), e.Code)
	if out := strings.TrimSpace(e.Output); out != "" {
		msg = say.Join(": ", msg, say.Plain(out))
	}
	return msg
}
